//! The merge engine by its public face: the stories of `docs/conflicts.md`, and random histories against a model.

mod chains;
mod city;
mod histories;
mod killed;
mod model;
mod shapes;
mod stores;
mod stories;
mod world;
