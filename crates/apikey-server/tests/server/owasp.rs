//! The OWASP API Security Top 10 of 2023, tried on a running server by those who have
//! no right to what they ask for.

mod authentication;
mod configuration;
mod flows;
mod functions;
mod inventory;
mod objects;
mod outgoing;
mod properties;
mod resources;
mod world;
