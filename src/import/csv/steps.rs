//! Tables of steps to plans.

use super::super::directory::uid;
use super::super::fidelity::Fidelity;
use super::super::mapping::section;
use super::super::reading::Reading;
use super::super::{Options, PlanParts, limits};
use super::estate::value;
use super::mapping::{Steps, read};
use super::rows::{Row, rows};
use super::{column, unmapped};
use crate::diagnostic::Sink;
use crate::document::{Node, NodeKind, Order, PhaseDocument, PlanDocument, StepDocument};
use crate::source::{SourceId, SourceMap, Span, Spanned};

/// Reads a table of steps.
pub(in crate::import) fn plan(
    sources: &SourceMap,
    id: SourceId,
    options: &Options,
    sink: &mut Sink,
) -> Option<PlanParts> {
    let mapping = section(sources, options.mapping, "csv", sink, read).ok()?;
    let separator = mapping.as_ref().map_or(',', |mapping| mapping.separator);
    let Some(table) = mapping.and_then(|mapping| mapping.steps) else {
        unmapped(sink, Span::new(id, 0, 0), "steps");
        return None;
    };
    let by = options.by.map(|by| {
        let text = sources.get(by).text();
        Spanned::new(text.to_owned(), Span::new(by, 0, text.len()))
    });
    let mut reading = Reading::open(sources, id, sink)?;
    let phases = rows(&mut reading, separator)
        .and_then(|(header, rows)| phases(&mut reading, &table, by.as_ref(), &header, &rows))
        .unwrap_or_default();
    let mut fidelity = Fidelity::default();
    let steps: usize = phases.iter().map(|phase| phase.steps.len()).sum();
    fidelity.count("steps", steps);
    let span = Span::new(id, 0, reading.text().len());
    if steps > limits::STEPS {
        reading.over_limit(span, &format!("the plan has {steps} steps"), limits::STEPS);
    }
    let plan = PlanDocument {
        span,
        id: table.plan,
        title: table.title,
        docs: None,
        author: table.author.or(by),
        zone: None,
        window: None,
        phases,
    };
    reading.close(Some(PlanParts { plan, estate: None, fidelity }))
}

/// Where the columns of a table of steps are.
struct Columns {
    id: usize,
    operation: usize,
    target: usize,
    phase: Option<usize>,
    by: Option<usize>,
    needs: Option<usize>,
    with: Vec<Option<usize>>,
}

fn columns(reading: &mut Reading<'_>, table: &Steps, header: &Row) -> Option<Columns> {
    let mut at = |name: &Spanned<String>| column(reading, header, name);
    let (id, operation, target) = (at(&table.id), at(&table.operation), at(&table.target));
    let [phase, by, needs] =
        [&table.phase, &table.by, &table.needs].map(|name| name.as_ref().and_then(&mut at));
    let with = table.with.iter().map(|(_, named)| at(&named.name)).collect();
    let columns = Columns { id: id?, operation: operation?, target: target?, phase, by, needs, with };
    (!reading.has_errors()).then_some(columns)
}

/// The steps by their phases, both in the order of the table.
fn phases(
    reading: &mut Reading<'_>,
    table: &Steps,
    by: Option<&Spanned<String>>,
    header: &Row,
    rows: &[Row],
) -> Option<Vec<PhaseDocument>> {
    let columns = columns(reading, table, header)?;
    let mut phases: Vec<PhaseDocument> = Vec::new();
    let mut numbers: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for row in rows {
        let at = |number: usize| row.fields.get(number).cloned();
        let named = columns.phase.and_then(at).filter(|phase| !phase.value.is_empty());
        let phase = named.unwrap_or_else(|| Spanned::new("steps".to_owned(), row.span));
        let phase_node = Node { span: phase.span, kind: NodeKind::String(phase.value.clone()) };
        let Some(id) = reading.id("phase", phase_node) else { continue };
        let number = *numbers.entry(phase.value.clone()).or_insert_with(|| {
            let before = phases.last().map(|before| before.id.clone());
            phases.push(PhaseDocument {
                span: row.span,
                id,
                title: None,
                docs: None,
                by: by.cloned(),
                needs: before.into_iter().collect(),
                order: if columns.needs.is_some() { Order::Any } else { Order::Listed },
                steps: Vec::new().into(),
            });
            phases.len() - 1
        });
        let step = step(reading, table, &columns, row);
        if let (Some(phase), Some(step)) = (phases.get_mut(number), step) {
            phase.steps.push(step);
        }
    }
    Some(phases)
}

fn step(reading: &mut Reading<'_>, table: &Steps, columns: &Columns, row: &Row) -> Option<StepDocument> {
    let field = |number: usize| row.fields.get(number).cloned();
    let node = |number: usize| {
        field(number).map(|field| Node { span: field.span, kind: NodeKind::String(field.value) })
    };
    let id = reading.id("id", node(columns.id)?);
    let operation = reading.name("do", node(columns.operation)?);
    let target = reading.name("target", node(columns.target)?);
    let by = columns.by.and_then(field).filter(|by| !by.value.is_empty());
    by.iter().for_each(|by| reading.check_line(by));
    let needs = columns.needs.and_then(field);
    let needs = needs.map(|needs| {
        let words = needs.value.split_whitespace().map(|word| Spanned::new(word.to_owned(), needs.span));
        words.collect()
    });
    let mut context = Vec::new();
    for ((key, named), number) in table.with.iter().zip(&columns.with) {
        let Some(field) = number.and_then(field) else { continue };
        context.extend(value(reading, named, &field).map(|node| (key.clone(), node)));
    }
    let target = target?;
    let target = match &table.entity_type {
        Some(entity_type) if !target.value.contains("::\"") => {
            target.map(|target| uid(&entity_type.value, &target))
        }
        _ => target,
    };
    Some(StepDocument {
        span: row.span,
        id: id?,
        title: None,
        docs: None,
        by,
        operation: operation?,
        target,
        with: (!context.is_empty()).then_some(Node { span: row.span, kind: NodeKind::Map(context) }),
        needs: needs.unwrap_or_default(),
    })
}
