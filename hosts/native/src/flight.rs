//! One request between the core and the service.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::drive::Driver;
use crate::engine::{FailureKind, Request};
use crate::transport::{Exchange, Failure, Response};

/// A request on its way.
pub(crate) enum Flight {
    /// To be sent.
    Departing(Request),
    /// Sent: bytes of the reply are awaited.
    Receiving {
        /// Names the request.
        id: u32,
        /// Where the bytes come from.
        exchange: Box<dyn Exchange>,
        /// When the attempt is over.
        until: Instant,
        /// So many bytes are missing at least.
        missing: u32,
    },
}

/// What came of it.
pub(crate) enum Landing {
    /// The whole response.
    Response(u32, Response),
    /// No response.
    Failure(u32, Failure),
    /// Bytes of the reply; none: the other side has closed the connection.
    Bytes {
        /// Names the request.
        id: u32,
        /// Where more come from.
        exchange: Box<dyn Exchange>,
        /// When the attempt is over.
        until: Instant,
        /// What came.
        bytes: Vec<u8>,
    },
}

impl Driver {
    /// Sends a request, or waits for what comes next of its reply.
    pub async fn fly(&self, flight: Flight) -> Landing {
        let (id, exchange, until, missing) = match flight {
            Flight::Departing(request) => {
                let (id, until) = (request.id, Instant::now() + self.attempt_timeout);
                let Some(sockets) = &self.sockets else {
                    let sent = timeout_at(until, self.transport.send_until(request, until)).await;
                    return match sent.unwrap_or_else(|_| Err(late(self.attempt_timeout))) {
                        Ok(response) => Landing::Response(id, response),
                        Err(failure) => Landing::Failure(id, failure),
                    };
                };
                match timeout_at(until, sockets.send(request, until)).await {
                    Ok(Ok(exchange)) => (id, exchange, until, 0),
                    Ok(Err(failure)) => return Landing::Failure(id, failure),
                    Err(_) => return Landing::Failure(id, late(self.attempt_timeout)),
                }
            }
            Flight::Receiving { id, exchange, until, missing } => (id, exchange, until, missing),
        };
        let mut exchange = exchange;
        match timeout_at(until, exchange.receive(missing)).await {
            Ok(Ok(bytes)) => Landing::Bytes { id, exchange, until, bytes },
            Ok(Err(failure)) => Landing::Failure(id, failure),
            Err(_) => Landing::Failure(id, late(self.attempt_timeout)),
        }
    }
}

fn late(limit: Duration) -> Failure {
    Failure::new(FailureKind::Timeout, format!("no response within {} ms", limit.as_millis()))
}
