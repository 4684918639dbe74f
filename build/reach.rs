//! The shapes of the model that its operations reach; the others are not lowered.

use std::collections::BTreeSet;

use super::model::{Model, Shape};

/// The shapes that the operations of a model reach, by name.
pub(crate) struct Reach<'a> {
    /// Shapes that an operation's input or output reaches.
    pub(crate) shapes: BTreeSet<&'a str>,
    /// Those of them that are a member of another shape.
    pub(crate) members: BTreeSet<&'a str>,
}

impl<'a> Reach<'a> {
    /// Follows the inputs and outputs of all operations.
    ///
    /// # Errors
    /// When a shape is used but not defined.
    pub(crate) fn of(model: &'a Model) -> Result<Self, String> {
        let mut reach = Self {
            shapes: BTreeSet::new(),
            members: BTreeSet::new(),
        };
        for (_, operation) in model.operations.iter() {
            let roots = [Some(&operation.input), operation.output.as_ref()];
            for root in roots.into_iter().flatten() {
                reach.walk(model, root)?;
            }
        }
        Ok(reach)
    }

    fn walk(&mut self, model: &'a Model, name: &'a str) -> Result<(), String> {
        if !self.shapes.insert(name) {
            return Ok(());
        }
        for member in points_to(model.shape(name)?) {
            self.members.insert(member);
            self.walk(model, member)?;
        }
        Ok(())
    }
}

fn points_to(shape: &Shape) -> Vec<&str> {
    match shape {
        Shape::Structure { members, .. } => members.iter().map(|(_, s)| s.as_str()).collect(),
        Shape::List { member, .. } => vec![member],
        Shape::Map { key, value, .. } => vec![key, value],
        Shape::String { .. }
        | Shape::Integer { .. }
        | Shape::Long { .. }
        | Shape::Boolean {}
        | Shape::Timestamp {}
        | Shape::Blob { .. } => Vec::new(),
    }
}
