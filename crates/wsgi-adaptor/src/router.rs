//! The paths of routes, and the route at a path.

use matchit::{InsertError, Params};

use crate::{pattern::Pattern, shape::Shape};

/// The paths of routes, which are numbered in the order they are added.
///
/// A tree of `matchit` does not turn back where text after a parameter has led it astray: with
/// `/{a}.git/b`, it would not find `/{c}/{d}` at `/x.git/y`. So two paths are in different trees if
/// both have a parameter in the first segment in which they differ. Few sites need a second tree.
#[derive(Default)]
pub(crate) struct Router {
    trees: Vec<Tree>,
    shapes: Vec<Shape>,
}

#[derive(Default)]
struct Tree {
    router: matchit::Router<usize>,
    routes: Vec<usize>,
}

impl Router {
    /// Adds the path of the next route. Fails if it is malformed or has the shape of another.
    pub(crate) fn add(&mut self, path: &str) -> Result<(), InsertError> {
        let (route, shape) = (self.shapes.len(), Shape::of(&Pattern::new(path)));
        let twin = self.shapes.iter().position(|other| *other == shape);
        let shapes = &self.shapes;
        let fits = |tree: &&mut Tree| match &twin {
            Some(twin) => tree.routes.contains(twin),
            None => {
                let mut others = tree.routes.iter().map(|&other| &shapes[other]);
                !others.any(|other| shape.has_other_parameter(other))
            }
        };
        for tree in self.trees.iter_mut().filter(fits) {
            match tree.add(path, route) {
                // It also takes some paths for alike that are not.
                Err(InsertError::Conflict { .. }) if twin.is_none() => {}
                result => {
                    result?;
                    self.shapes.push(shape);
                    return Ok(());
                }
            }
        }
        let mut tree = Tree::default();
        tree.add(path, route)?;
        self.trees.push(tree);
        self.shapes.push(shape);
        Ok(())
    }

    /// The route at a decoded path, and its parameters.
    pub(crate) fn at<'a>(&'a self, path: &'a str) -> Option<(usize, Params<'a, 'a>)> {
        let found = self.trees.iter().filter_map(|tree| {
            let found = tree.router.at(path).ok()?;
            Some((*found.value, found.params))
        });
        found.reduce(
            |best, other| match self.shapes[other.0] < self.shapes[best.0] {
                true => other,
                false => best,
            },
        )
    }
}

impl Tree {
    fn add(&mut self, path: &str, route: usize) -> Result<(), InsertError> {
        self.router.insert(path, route)?;
        self.routes.push(route);
        Ok(())
    }
}
