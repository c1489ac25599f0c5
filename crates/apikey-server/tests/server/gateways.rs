//! Tests of the configurations in `docs/gateways` with the real gateways, between
//! a client, a real server and a service that records the requests it receives.
//!
//! `APIKEY_TEST_NGINX`, `APIKEY_TEST_ENVOY`, `APIKEY_TEST_CADDY` and
//! `APIKEY_TEST_BROWSER` name the programs; `cargo xtask test` sets them. Without them
//! these tests fail.

mod addresses;
mod browser;
mod changed;
pub(crate) mod configuration;
mod encoded_models;
mod forwarding;
mod gateway;
mod key_places;
mod models;
mod preflight;
mod refused;
mod service;
mod spoofing;
mod test_gateway;

/// The server as it is shipped.
const DEFAULTS: &[&str] = &[];

/// One that reads the key wherever clients of the field send it.
const EVERY_KEY_HEADER: &[&str] = &[
    "--key-headers",
    "authorization,x-api-key,api-key,x-goog-api-key,sec-websocket-protocol",
];

/// Defines a test of each case on each gateway, with the arguments of the server.
macro_rules! on_each_gateway {
    (@tests $configuration:ident $arguments:ident $($module:ident: $($case:ident),+;)+) => {
        $($(
            #[tokio::test]
            async fn $case() {
                let configuration = &crate::gateways::configuration::$configuration;
                let arguments = crate::gateways::$arguments;
                let mut gateway = crate::gateways::test_gateway::TestGateway::start(
                    configuration,
                    arguments,
                )
                .await;
                crate::gateways::$module::$case(&mut gateway).await;
            }
        )+)+
    };
    ($arguments:ident $($cases:tt)+) => {
        mod nginx {
            on_each_gateway!(@tests NGINX $arguments $($cases)+);
        }
        mod envoy {
            on_each_gateway!(@tests ENVOY $arguments $($cases)+);
        }
        mod caddy {
            on_each_gateway!(@tests CADDY $arguments $($cases)+);
        }
    };
}

on_each_gateway! {
    DEFAULTS
    forwarding:
        a_key_is_accepted_in_either_header,
        the_service_receives_the_organization,
        the_service_receives_an_encoded_name,
        a_request_is_forwarded_unchanged,
        the_response_of_the_service_is_unchanged;
    refused:
        a_request_without_a_valid_key_is_refused,
        a_key_without_the_scope_is_refused,
        two_different_keys_are_refused;
    spoofing:
        identity_headers_of_the_client_are_removed,
        the_client_does_not_choose_the_scope;
    models:
        a_key_is_limited_to_its_models,
        the_client_does_not_choose_the_model,
        no_spelling_of_a_path_bypasses_its_model;
    encoded_models:
        a_name_may_contain_slashes_colons_and_blanks,
        a_name_is_decoded_once,
        a_path_that_could_be_read_in_two_ways_leads_to_no_model;
    preflight:
        a_preflight_reaches_the_service_without_an_identity,
        what_is_almost_a_preflight_needs_a_key;
    browser:
        a_page_of_another_site_may_send_its_key;
    changed:
        a_deleted_key_is_refused_at_once,
        nothing_is_forwarded_while_the_server_is_down;
}

mod every_key_header {
    on_each_gateway! {
        EVERY_KEY_HEADER
        key_places:
            a_key_is_accepted_wherever_clients_send_it,
            a_key_among_subprotocols_opens_a_web_socket,
            keys_in_several_places_must_agree;
        forwarding: a_key_is_accepted_in_either_header;
        refused: two_different_keys_are_refused;
    }
}

/// What these two support and nginx does not.
mod envoy_only {
    on_each_gateway! {
        @tests ENVOY DEFAULTS
        spoofing: no_other_auth_header_is_forwarded;
    }
}

mod caddy_only {
    on_each_gateway! {
        @tests CADDY DEFAULTS
        spoofing: no_other_auth_header_is_forwarded;
    }
}

/// The configuration for an Envoy without `path_override`.
mod envoy_before_1_38 {
    on_each_gateway! {
        @tests ENVOY_BEFORE_1_38 DEFAULTS
        forwarding: a_key_is_accepted_in_either_header, a_request_is_forwarded_unchanged;
        spoofing: the_client_does_not_choose_the_scope;
    }
}
