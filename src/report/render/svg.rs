//! The step graph as a picture that needs no other program.

use std::fmt::Write as _;

use super::figure::label::{Label, Labels, cut, outcome};
use super::figure::layout::{Area, Layout, NODE, Route, layout};
use super::figure::{Figure, Lane, Limits, Node, Subject};
use super::text::plan_verdict;
use super::{Batch, Style, display_width};
use crate::report::{Outcome, Report};

/// What a reader can follow.
const LIMITS: Limits = Limits { nodes: 500, edges: 2000 };
/// The colours and lines of a picture; a page that holds pictures has them in its own style sheet.
pub(super) const PICTURE_STYLE: &str = include_str!("svg.css");
/// The dark colours of a picture, without the rule that says when they hold.
pub(super) const PICTURE_DARK: &str = include_str!("svg_dark.css");

/// Writes one document; of several plans the pictures stand below each other.
pub fn render(batch: &Batch<'_>, _: &Style) -> String {
    let mut below = Vec::new();
    let (mut width, mut y) = (0, 0);
    for report in batch.reports {
        let picture = Picture::of(report);
        width = width.max(picture.width);
        let place = format!(" y=\"{y}\" width=\"{}\" height=\"{}\"", picture.width, picture.height);
        below.push(picture.element(&place, None));
        y += picture.height;
    }
    let root = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{y}\" viewBox=\"0 0 {width} {y}\" class=\"sheet\">\n"
    );
    let style =
        format!("<style>{PICTURE_STYLE}@media (prefers-color-scheme: dark) {{\n{PICTURE_DARK}}}\n</style>\n");
    let paper = format!("<rect class=\"paper\" width=\"{width}\" height=\"{y}\"/>\n");
    format!("{root}{style}{paper}{}</svg>\n", below.concat())
}

/// The anchor of the step at a position, where it has one.
type Anchor<'f> = &'f dyn Fn(usize) -> Option<String>;

/// A picture of the graph of one report.
pub(super) struct Picture<'a> {
    figure: Figure<'a>,
    labels: Labels<'a>,
    layout: Layout,
    title: String,
    pub(super) width: i64,
    pub(super) height: i64,
}

/// Room above the picture for a sentence about it, and below it for the legend.
const HEAD: i64 = 34;
const FOOT: i64 = 36;
/// The legend needs as much.
const NARROWEST: i64 = 620;

impl<'a> Picture<'a> {
    /// Lays out the graph of a report.
    pub(super) fn of(report: &'a Report) -> Self {
        static PLAIN: std::sync::LazyLock<Style> = std::sync::LazyLock::new(Style::plain);
        let figure = Figure::of(report, LIMITS);
        let layout = layout(&figure);
        let omission = figure.omission().map_or(String::new(), |omission| format!(" ({omission})"));
        let title = format!("{}{omission}", plan_verdict(report, &PLAIN).trim_end());
        let needed = i64::try_from(display_width(&title)).unwrap_or(0) * 7 + 40;
        Self {
            width: layout.size.width.max(NARROWEST).max(needed.min(1600)),
            height: layout.size.height + HEAD + FOOT,
            labels: Labels::of(report, &PLAIN),
            figure,
            layout,
            title,
        }
    }

    /// The attributes that say how large the element is in a page.
    pub(super) fn size_in_page(&self) -> String {
        format!(" width=\"{}\" height=\"{}\"", self.layout.size.width, self.layout.size.height)
    }

    /// How many steps the critical path has.
    pub(super) fn chain(&self) -> usize {
        self.figure.chain.len()
    }

    /// The sentence about what is not drawn step by step.
    pub(super) fn omission(&self) -> Option<String> {
        self.figure.omission()
    }

    /// The element; in a page, which has a title and a legend of its own, the nodes of steps with an anchor are links.
    pub(super) fn element(&self, place: &str, anchor: Option<Anchor<'_>>) -> String {
        let (width, height) = match anchor {
            Some(_) => (self.layout.size.width, self.layout.size.height),
            None => (self.width, self.height),
        };
        let title = escaped(&self.title);
        let mut text = format!(
            "<svg{place} viewBox=\"0 0 {width} {height}\" class=\"figure\" role=\"group\" aria-label=\"{title}\">\n"
        );
        if anchor.is_none() {
            let _ = writeln!(text, "<text class=\"title\" x=\"16\" y=\"24\">{title}</text>");
        }
        let down = if anchor.is_some() { 0 } else { HEAD };
        let _ = writeln!(text, "<g transform=\"translate(0 {down})\">");
        for Area { x, y, width, height } in &self.layout.lanes {
            let _ = writeln!(
                text,
                "<rect class=\"lane\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"10\"/>"
            );
        }
        text.push_str(&self.waves());
        for (edge, route) in self.figure.edges.iter().zip(&self.layout.routes) {
            let to_joint =
                self.figure.nodes.get(edge.to).is_some_and(|node| matches!(node.subject, Subject::Joint));
            text.push_str(&drawn(route, edge.on_chain, to_joint));
        }
        for (lane, area) in self.figure.lanes.iter().zip(&self.layout.lanes) {
            text.push_str(&lane_title(lane, area));
        }
        for (node, (x, y)) in self.figure.nodes.iter().zip(&self.layout.nodes) {
            match self.labels.node(&self.figure, node) {
                Some(label) => text.push_str(&self.node(node, &label, (*x, *y), anchor)),
                None => {
                    let class = if node.on_chain { "joint chain" } else { "joint" };
                    let _ = writeln!(text, "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"3.5\"/>");
                }
            }
        }
        text.push_str("</g>\n");
        if anchor.is_none() {
            text.push_str(&legend(height - FOOT + 22));
        }
        text.push_str("</svg>\n");
        text
    }

    /// The numbers of the waves, where a layer is a wave.
    fn waves(&self) -> String {
        if self.figure.omitted.phases > 0 || self.figure.omitted.absent > 0 {
            return String::new();
        }
        let name = |(at, y): (usize, &i64)| {
            let word = if at == 0 { "wave " } else { "" };
            format!(
                "<text class=\"wave\" x=\"52\" y=\"{}\" text-anchor=\"end\">{word}{}</text>\n",
                y + 4,
                at + 1
            )
        };
        self.layout.layers.iter().enumerate().map(name).collect()
    }

    fn node(&self, node: &Node<'_>, label: &Label, (x, y): (i64, i64), anchor: Option<Anchor<'_>>) -> String {
        let class = match outcome(&self.figure, node) {
            Some(Outcome::Denied) => "denied",
            Some(Outcome::OrderDependent) => "race",
            Some(Outcome::Indeterminate) => "unsure",
            Some(Outcome::Allowed) | None => "allowed",
        };
        let chain = if node.on_chain { " chain" } else { "" };
        let whole = match node.subject {
            Subject::Phase => " whole",
            Subject::Step(..) | Subject::Joint => "",
        };
        let (name, detail) = (escaped(&cut(&label.name, 21)), escaped(&cut(&label.detail, 27)));
        let (left, after_sign, first, second) = (x + 10, x + 26, y + 17, y + 32);
        let drawn = format!(
            "<g class=\"node {class}{chain}{whole}\"><title>{}</title>\
             <rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"6\"/>\
             <text class=\"sign\" x=\"{left}\" y=\"{first}\">{}</text>\
             <text class=\"name\" x=\"{after_sign}\" y=\"{first}\">{name}</text>\
             <text class=\"detail\" x=\"{left}\" y=\"{second}\">{detail}</text></g>",
            escaped(&label.whole),
            NODE.width,
            NODE.height,
            label.sign,
        );
        let link = match (node.subject, anchor) {
            (Subject::Step(_, position), Some(anchor)) => anchor(position),
            _ => None,
        };
        match link {
            Some(link) => format!("<a href=\"#{link}\">{drawn}</a>\n"),
            None => drawn + "\n",
        }
    }
}

/// The name of a phase and what it is about, above the edges that pass.
fn lane_title(lane: &Lane<'_>, area: &Area) -> String {
    let style = Style::plain();
    let columns = |width: i64| usize::try_from((area.width - 24) / width).unwrap_or(0);
    let id = style.shown(&lane.phase.id);
    let title = lane.phase.title.as_ref().map(|title| style.shown(title).into_owned());
    let full = title.as_ref().map_or(id.to_string(), |title| format!("{id}: {title}"));
    let below = title.unwrap_or_else(|| lane.words());
    format!(
        "<g class=\"lane\"><title>{}</title><text class=\"phase\" x=\"{x}\" y=\"{}\">{}</text>\
         <text class=\"about\" x=\"{x}\" y=\"{}\">{}</text></g>\n",
        escaped(&format!("phase {full} ({})", lane.words())),
        area.y + 16,
        escaped(&cut(&id, columns(8))),
        area.y + 30,
        escaped(&cut(&below, columns(7))),
        x = area.x + 12,
    )
}

/// A line with an arrow head, without one where it ends in a joint.
fn drawn(route: &Route, on_chain: bool, to_joint: bool) -> String {
    let class = if on_chain { "edge chain" } else { "edge" };
    let (path, (x, y)) = match route {
        Route::Curve { from, until, to } => {
            let (x, y) = *to;
            let middle = (until + y) / 2;
            let path = match from.0 == x {
                true => format!("M{} {}V{y}", from.0, from.1),
                false => format!("M{} {}V{until}C{} {middle} {x} {middle} {x} {y}", from.0, from.1, from.0),
            };
            (path, *to)
        }
        Route::Corners(points) => (rounded(points), points.last().copied().unwrap_or_default()),
    };
    let head = match to_joint {
        true => String::new(),
        false => format!(
            "<path class=\"head{}\" d=\"M{} {}L{x} {y}L{} {}Z\"/>",
            &class[4..],
            x - 4,
            y - 7,
            x + 4,
            y - 7
        ),
    };
    format!("<path class=\"{class}\" d=\"{path}\"/>{head}\n")
}

/// Straight pieces with round corners.
fn rounded(points: &[(i64, i64)]) -> String {
    let mut path = String::new();
    let towards = |(x, y): (i64, i64), (to_x, to_y): (i64, i64)| {
        let step = |from: i64, to: i64| (to - from).clamp(-5, 5);
        (x + step(x, to_x), y + step(y, to_y))
    };
    for (at, point) in points.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| points.get(at));
        let _ = match (before, points.get(at + 1)) {
            (None, _) => write!(path, "M{} {}", point.0, point.1),
            (_, None) => write!(path, "L{} {}", point.0, point.1),
            (Some(before), Some(after)) => {
                let (enter, leave) = (towards(*point, *before), towards(*point, *after));
                write!(path, "L{} {}Q{} {} {} {}", enter.0, enter.1, point.0, point.1, leave.0, leave.1)
            }
        };
    }
    path
}

/// What the signs and lines mean.
fn legend(y: i64) -> String {
    let mut text = format!("<g class=\"legend\" transform=\"translate(16 {y})\">\n");
    let mut x = 0;
    for (class, sign, word, width) in [
        ("allowed", "✓", "allowed", 84),
        ("denied", "✗", "denied", 80),
        ("race", "~", "order-dependent", 128),
        ("unsure", "?", "indeterminate", 116),
    ] {
        let _ = writeln!(
            text,
            "<g class=\"node {class}\"><rect x=\"{x}\" y=\"-11\" width=\"18\" height=\"14\" rx=\"3\"/>\
             <text class=\"sign\" x=\"{}\" y=\"0\">{sign}</text></g><text x=\"{}\" y=\"0\">{word}</text>",
            x + 5,
            x + 23
        );
        x += width;
    }
    let _ = writeln!(
        text,
        "<path class=\"edge chain\" d=\"M{x} -4H{}\"/><text x=\"{}\" y=\"0\">critical path</text>\n</g>",
        x + 22,
        x + 28
    );
    text
}

/// A text between tags or between the quotes of an attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // Not characters of XML.
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}
