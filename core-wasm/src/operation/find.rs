//! `find`: reads one item, which may be absent.

use super::Machine;
use super::get::{Get, prepare};
use crate::client::Client;
use crate::error::Error;

pub(super) fn begin(client: &Client, call: Get<'_>) -> Result<impl Machine + use<>, Error> {
    prepare(client, call, false)
}
