//! A layered layout: layers from top to bottom, phases as lanes from left to right.
//!
//! After Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures"
//! (1981): nodes get layers by the longest path, then an order in their layer by the barycentre of their
//! neighbours. Phases that never share a layer share a column. Edges over several layers run in the gutters
//! between columns, where there are no nodes.

mod columns;
mod order;
mod route;

use super::{Figure, Subject};
pub(in crate::report::render) use route::Route;

/// A node's box.
pub(in crate::report::render) const NODE: Size = Size { width: 208, height: 40 };
/// Room for the title of a lane, and below it for the edges that come to its first nodes.
pub(in crate::report::render) const LANE_HEAD: i64 = 64;
/// Between the border of a lane and its nodes.
const LANE_PAD: i64 = 12;
/// Between two nodes side by side.
const NODE_GAP: i64 = 16;
/// Between two rows of one layer.
const ROW_GAP: i64 = 18;
/// Between two layers.
const LAYER_GAP: i64 = 30;
/// Between two columns of lanes.
const GUTTER: i64 = 40;
/// Around everything; on the left there are the names of the waves.
const MARGIN: i64 = 16;
const WAVE_NAMES: i64 = 52;

/// A width and a height.
#[derive(Clone, Copy, Debug)]
pub(in crate::report::render) struct Size {
    pub width: i64,
    pub height: i64,
}

/// A rectangle.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::report::render) struct Area {
    pub x: i64,
    pub y: i64,
    pub width: i64,
    pub height: i64,
}

/// Where everything is.
#[derive(Clone, Debug)]
pub(in crate::report::render) struct Layout {
    pub size: Size,
    /// One for each lane.
    pub lanes: Vec<Area>,
    /// The upper left corner of each node; of a joint its centre.
    pub nodes: Vec<(i64, i64)>,
    /// One for each edge.
    pub routes: Vec<Route>,
    /// The middle of each layer's first row.
    pub layers: Vec<i64>,
}

/// The place of a node in its lane and layer.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    column: usize,
    /// Counted from the left of the column.
    across: usize,
    /// How many nodes its row has.
    abreast: usize,
    /// Counted from the top of the layer.
    row: usize,
    /// Whether its row is the last of its lane in its layer.
    is_last: bool,
}

/// What the stages of the layout tell each other.
struct Plan<'f> {
    figure: &'f Figure<'f>,
    /// The column of each lane, how many columns there are, and how many nodes a column has side by side.
    lanes: Vec<usize>,
    columns: usize,
    abreast: usize,
    cells: Vec<Cell>,
    /// The left border and the width of each column.
    across: Vec<(i64, i64)>,
    /// The top of each layer, and its rows.
    down: Vec<(i64, usize)>,
    bottom: i64,
}

/// Lays a figure out.
pub(in crate::report::render) fn layout(figure: &Figure<'_>) -> Layout {
    let (lanes, columns) = columns::assign(figure);
    let mut plan = Plan {
        figure,
        abreast: columns::abreast(figure, columns),
        lanes,
        columns,
        cells: vec![Cell::default(); figure.nodes.len()],
        across: Vec::new(),
        down: Vec::new(),
        bottom: 0,
    };
    order::place(&mut plan);
    plan.measure_across();
    plan.measure_down();
    let nodes: Vec<(i64, i64)> = (0..figure.nodes.len()).map(|node| plan.corner(node)).collect();
    let nodes = route::place_joints(&plan, nodes);
    let routes = route::routes(&plan, &nodes);
    let right = plan.across.last().map_or(WAVE_NAMES, |(x, width)| x + width);
    let lanes = (0..figure.lanes.len()).map(|lane| plan.area(lane)).collect();
    let layers = plan.down.iter().map(|(y, _)| y + NODE.height / 2).collect();
    let size = Size { width: right + GUTTER / 2 + MARGIN, height: plan.bottom + MARGIN };
    Layout { size, lanes, nodes, routes, layers }
}

impl Plan<'_> {
    fn is_joint(&self, node: usize) -> bool {
        self.figure.nodes.get(node).is_none_or(|node| matches!(node.subject, Subject::Joint))
    }

    fn layer_of(&self, node: usize) -> usize {
        self.figure.nodes.get(node).map_or(0, |node| node.layer)
    }

    fn cell(&self, node: usize) -> Cell {
        self.cells.get(node).copied().unwrap_or_default()
    }

    /// The first and the last layer of a lane.
    fn span(&self, lane: usize) -> (usize, usize) {
        columns::span(self.figure, lane)
    }

    fn measure_across(&mut self) {
        let mut most = vec![1; self.columns];
        for node in (0..self.cells.len()).filter(|node| !self.is_joint(*node)) {
            let cell = self.cell(node);
            if let Some(most) = most.get_mut(cell.column) {
                *most = (cell.across + 1).max(*most);
            }
        }
        let mut x = MARGIN + WAVE_NAMES + GUTTER / 2;
        for most in most {
            let most = as_length(most);
            let width = 2 * LANE_PAD + most * NODE.width + (most - 1) * NODE_GAP;
            self.across.push((x, width));
            x += width + GUTTER;
        }
    }

    fn measure_down(&mut self) {
        let layers = self.figure.layers();
        let (mut rows, mut begins, mut ends) = (vec![1; layers], vec![false; layers], vec![false; layers]);
        for node in (0..self.cells.len()).filter(|node| !self.is_joint(*node)) {
            if let Some(rows) = rows.get_mut(self.layer_of(node)) {
                *rows = (self.cell(node).row + 1).max(*rows);
            }
        }
        for lane in 0..self.figure.lanes.len() {
            let (first, last) = self.span(lane);
            begins.get_mut(first).into_iter().for_each(|begins| *begins = true);
            ends.get_mut(last).into_iter().for_each(|ends| *ends = true);
        }
        let mut y = MARGIN;
        for ((rows, begins), ends) in rows.into_iter().zip(begins).zip(ends) {
            y += if begins { LANE_HEAD } else { 0 };
            self.down.push((y, rows));
            y += height(rows) + LAYER_GAP + if ends { LANE_PAD } else { 0 };
        }
        self.bottom = y - LAYER_GAP;
    }

    /// The upper left corner of a node.
    fn corner(&self, node: usize) -> (i64, i64) {
        let cell = self.cell(node);
        let (left, width) = self.across.get(cell.column).copied().unwrap_or_default();
        let top = self.down.get(self.layer_of(node)).map_or(0, |(y, _)| *y);
        let row = as_length(cell.abreast) * (NODE.width + NODE_GAP) - NODE_GAP;
        let x = left + (width - row) / 2 + as_length(cell.across) * (NODE.width + NODE_GAP);
        (x, top + as_length(cell.row) * (NODE.height + ROW_GAP))
    }

    fn area(&self, lane: usize) -> Area {
        let column = self.lanes.get(lane).copied().unwrap_or(0);
        let (x, width) = self.across.get(column).copied().unwrap_or((0, 0));
        let (first, last) = self.span(lane);
        let top = self.down.get(first).map_or(0, |(y, _)| y - LANE_HEAD + 6);
        let bottom = self.down.get(last).map_or(0, |(y, rows)| y + height(*rows) + LANE_PAD);
        Area { x, y: top, width, height: bottom - top }
    }
}

fn height(rows: usize) -> i64 {
    as_length(rows) * (NODE.height + ROW_GAP) - ROW_GAP
}

fn as_length(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX >> 16)
}

#[cfg(test)]
mod tests;
