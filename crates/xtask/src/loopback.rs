//! Ports of the loopback.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::Result;

/// A port nobody listens on now; the server fails to start should somebody take it meanwhile.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
