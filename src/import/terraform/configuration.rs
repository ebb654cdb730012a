//! The dependencies that a configuration states, from expressions, `depends_on`, modules and providers.

use std::collections::{BTreeMap, HashMap};

use super::json::Json;
use super::reference::{Reference, reference, references};
use crate::source::Span;

/// A place in the configuration that something can depend on. Modules are without instance keys, `a.b`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Place {
    /// A resource of a module, `aws_vpc.main`, `data.aws_ami.a`.
    Resource(String, String),
    Variable(String, String),
    Output(String, String),
    /// A provider's configuration, by its key.
    Provider(String),
    /// What must be there before anything in a module is: what its `count`, `for_each` and `depends_on` name.
    Begin(String),
    /// All of a module.
    End(String),
}

/// Names a place of a [`Configuration`].
pub(super) type Node = usize;

/// What a place depends on: another place, or one instance of a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Dependency {
    pub node: Node,
    pub key: Option<String>,
}

/// The graph of a configuration.
#[derive(Debug, Default)]
pub(super) struct Configuration<'j, 't> {
    nodes: HashMap<Place, Node>,
    places: Vec<Place>,
    edges: Vec<Vec<Dependency>>,
    /// The blocks of resources, for their expressions.
    blocks: HashMap<Node, &'j Json<'t>>,
    /// Which provider configuration a resource uses.
    providers: HashMap<Node, Node>,
    /// Names of local values that are referred to, with a place that does; what they are made of is not said.
    pub locals: BTreeMap<String, Span>,
}

impl<'j, 't> Configuration<'j, 't> {
    /// Reads the configuration of a plan; empty where the plan has none.
    pub fn of(plan: &'j Json<'t>) -> Self {
        let mut graph = Self::default();
        let Some(configuration) = plan.get("configuration") else { return graph };
        let providers = configuration.get("provider_config").map(Json::entries).unwrap_or_default();
        for (key, provider) in providers {
            let node = graph.node(Place::Provider(key.value.to_string()));
            let module = provider.text("module_address").map(module_path).unwrap_or_default();
            if let Some(expressions) = provider.get("expressions") {
                graph.expression(node, &module, expressions);
            }
        }
        if let Some(root) = configuration.get("root_module") {
            graph.modules(root);
        }
        graph
    }

    /// The node of a place, where the configuration has it.
    pub fn find(&self, place: &Place) -> Option<Node> {
        self.nodes.get(place).copied()
    }

    /// What stands at a node.
    pub fn place(&self, node: Node) -> Option<&Place> {
        self.places.get(node)
    }

    /// What a node depends on.
    pub fn dependencies(&self, node: Node) -> &[Dependency] {
        self.edges.get(node).map(Vec::as_slice).unwrap_or_default()
    }

    /// The provider configuration that a resource uses.
    pub fn provider(&self, resource: Node) -> Option<Node> {
        self.providers.get(&resource).copied()
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Says whether a resource's configuration gives a value to an attribute; so it does where that is not known.
    pub fn configures(&self, resource: Node, attribute: &str) -> bool {
        let expressions = self.blocks.get(&resource).and_then(|block| block.get("expressions"));
        expressions.is_none_or(|expressions| expressions.get(attribute).is_some())
    }

    /// The attributes that a resource's configuration gives a value to; nothing where that is not known.
    pub fn configured(&self, resource: Node) -> Option<Vec<&str>> {
        let block = self.blocks.get(&resource)?;
        let expressions = block.get("expressions").map(Json::entries).unwrap_or_default();
        Some(expressions.iter().map(|(name, _)| name.value.as_ref()).collect())
    }

    /// The resources that an expression of a resource refers to directly, `role` of an attachment.
    pub fn referred(&self, resource: Node, attribute: &str) -> Vec<Dependency> {
        let Some(Place::Resource(module, _)) = self.place(resource) else { return Vec::new() };
        let expressions = self.blocks.get(&resource).and_then(|block| block.get("expressions"));
        let Some(expression) = expressions.and_then(|all| all.get(attribute)) else { return Vec::new() };
        let texts = expression.list("references").iter().filter_map(Json::as_text);
        let found = references(texts).into_iter().filter_map(|reference| match reference {
            Reference::Resource(name, key) => {
                let node = self.find(&Place::Resource(module.clone(), name))?;
                Some(Dependency { node, key })
            }
            Reference::Variable(name) => {
                let node = self.find(&Place::Variable(module.clone(), name))?;
                Some(Dependency { node, key: None })
            }
            Reference::Output(call, name) => {
                let node = self.find(&Place::Output(below(module, &call), name))?;
                Some(Dependency { node, key: None })
            }
            Reference::Module(_) | Reference::Local(_) => None,
        });
        found.collect()
    }

    fn node(&mut self, place: Place) -> Node {
        if let Some(node) = self.nodes.get(&place) {
            return *node;
        }
        let node = self.places.len();
        self.nodes.insert(place.clone(), node);
        self.places.push(place);
        self.edges.push(Vec::new());
        node
    }

    fn edge(&mut self, from: Node, to: Node, key: Option<String>) {
        if let Some(edges) = self.edges.get_mut(from).filter(|_| from != to) {
            edges.push(Dependency { node: to, key });
        }
    }

    /// Reads the modules from the root down.
    fn modules(&mut self, root: &'j Json<'t>) {
        let mut open = vec![(String::new(), root)];
        while let Some((path, module)) = open.pop() {
            let begin = self.node(Place::Begin(path.clone()));
            let end = self.node(Place::End(path.clone()));
            self.edge(end, begin, None);
            for block in module.list("resources") {
                self.resource(&path, block, begin, end);
            }
            for (name, output) in module.get("outputs").map(Json::entries).unwrap_or_default() {
                let node = self.node(Place::Output(path.clone(), name.value.to_string()));
                self.edge(node, begin, None);
                self.edge(end, node, None);
                output.get("expression").into_iter().for_each(|value| self.expression(node, &path, value));
                self.depends_on(node, &path, output);
            }
            for (name, call) in module.get("module_calls").map(Json::entries).unwrap_or_default() {
                let inner = below(&path, &name.value);
                self.call(&path, &inner, call, begin, end);
                open.extend(call.get("module").map(|module| (inner, module)));
            }
        }
    }

    fn resource(&mut self, path: &str, block: &'j Json<'t>, begin: Node, end: Node) {
        let name = match (block.text("address"), block.text("type"), block.text("name")) {
            (Some(address), _, _) => address.to_owned(),
            (None, Some(of_type), Some(name)) if block.text("mode") == Some("data") => {
                format!("data.{of_type}.{name}")
            }
            (None, Some(of_type), Some(name)) => format!("{of_type}.{name}"),
            _ => return,
        };
        let node = self.node(Place::Resource(path.to_owned(), name));
        self.blocks.insert(node, block);
        self.edge(node, begin, None);
        self.edge(end, node, None);
        for field in ["expressions", "count_expression", "for_each_expression"] {
            block.get(field).into_iter().for_each(|value| self.expression(node, path, value));
        }
        for provisioner in block.list("provisioners") {
            provisioner.get("expressions").into_iter().for_each(|value| self.expression(node, path, value));
        }
        self.depends_on(node, path, block);
        if let Some(provider) = block.text("provider_config_key").and_then(|key| self.provider_of(key, path))
        {
            self.edge(node, provider, None);
            self.providers.insert(node, provider);
        }
    }

    /// The provider configuration of a key, which may be inherited from a module above.
    fn provider_of(&self, key: &str, path: &str) -> Option<Node> {
        let own = key.rsplit_once(':').map_or(key, |(_, own)| own);
        let inherited = || {
            let mut modules: Vec<&str> = path.split('.').filter(|part| !part.is_empty()).collect();
            loop {
                let prefix =
                    modules.iter().map(|name| format!("module.{name}")).collect::<Vec<_>>().join(".");
                let asked = if prefix.is_empty() { own.to_owned() } else { format!("{prefix}:{own}") };
                if let Some(found) = self.find(&Place::Provider(asked)) {
                    return Some(found);
                }
                modules.pop()?;
            }
        };
        self.find(&Place::Provider(key.to_owned())).or_else(inherited)
    }

    fn call(&mut self, path: &str, inner: &str, call: &'j Json<'t>, begin: Node, end: Node) {
        let inner_begin = self.node(Place::Begin(inner.to_owned()));
        let inner_end = self.node(Place::End(inner.to_owned()));
        self.edge(inner_begin, begin, None);
        self.edge(end, inner_end, None);
        for field in ["count_expression", "for_each_expression"] {
            call.get(field).into_iter().for_each(|value| self.expression(inner_begin, path, value));
        }
        self.depends_on(inner_begin, path, call);
        for (name, value) in call.get("expressions").map(Json::entries).unwrap_or_default() {
            let node = self.node(Place::Variable(inner.to_owned(), name.value.to_string()));
            self.expression(node, path, value);
        }
    }

    fn depends_on(&mut self, node: Node, path: &str, block: &Json<'_>) {
        for entry in block.list("depends_on") {
            if let Some(found) = entry.as_text().and_then(reference) {
                // `depends_on` waits for all instances of a resource.
                let whole = match found {
                    Reference::Resource(name, _) => Reference::Resource(name, None),
                    other => other,
                };
                self.refer(node, path, whole, entry.span);
            }
        }
    }

    /// Adds what an expression refers to, however deep its blocks are.
    fn expression(&mut self, node: Node, path: &str, expression: &Json<'_>) {
        let texts = expression.list("references").iter().filter_map(Json::as_text);
        for found in references(texts) {
            self.refer(node, path, found, expression.span);
        }
        for (name, inner) in expression.entries() {
            if name.value != "references" && name.value != "constant_value" {
                self.expression(node, path, inner);
            }
        }
        expression.items().iter().for_each(|item| self.expression(node, path, item));
    }

    fn refer(&mut self, node: Node, path: &str, found: Reference, span: Span) {
        let (place, key) = match found {
            Reference::Resource(name, key) => (Place::Resource(path.to_owned(), name), key),
            Reference::Variable(name) => (Place::Variable(path.to_owned(), name), None),
            Reference::Output(module, name) => (Place::Output(below(path, &module), name), None),
            Reference::Module(module) => (Place::End(below(path, &module)), None),
            Reference::Local(name) => {
                let known = if path.is_empty() { name } else { format!("{path}: {name}") };
                self.locals.entry(known).or_insert(span);
                return;
            }
        };
        let to = self.node(place);
        self.edge(node, to, key);
    }
}

/// The module that a module calls by a name.
fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// `module.a.module.b` to `a.b`.
fn module_path(address: &str) -> String {
    let parts = address.split('.').enumerate().filter(|(at, _)| at % 2 == 1);
    parts.map(|(_, name)| name).collect::<Vec<_>>().join(".")
}
