//! The server through real HTTP and real sockets, on free ports of the loopback interface.

mod access;
mod audit;
mod delivery;
mod front;
mod gateway;
mod hostile;
mod keys;
mod limits;
mod removal;
mod resources;
mod server;
