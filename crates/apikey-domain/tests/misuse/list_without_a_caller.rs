//! A list that nobody in particular reads.

use apikey_domain::access::policy::KeySelection;
use apikey_domain::listing::{Order, Window};
use apikey_domain::use_case::{keys::list_api_keys::list_api_keys, ports::KeyPorts};

async fn list(ports: &KeyPorts, window: Window) {
    let _ = list_api_keys(ports, &KeySelection::OWN, &Order::default(), window).await;
}

fn main() {}
