//! Tests of the configurations in `docs/gateways` with the real gateways, between
//! a client, a real server and a service that records the requests it receives.
//!
//! `APIKEY_TEST_NGINX`, `APIKEY_TEST_ENVOY` and `APIKEY_TEST_CADDY` name the
//! programs; `cargo xtask test` sets them. Without them these tests fail.

mod changed;
mod configuration;
mod forwarding;
mod gateway;
mod models;
mod refused;
mod service;
mod spoofing;
mod test_gateway;

/// Defines a test of each case on each gateway.
macro_rules! on_each_gateway {
    (@tests $configuration:ident $($module:ident: $($case:ident),+;)+) => {
        $($(
            #[tokio::test]
            async fn $case() {
                let configuration = &crate::gateways::configuration::$configuration;
                let mut gateway =
                    crate::gateways::test_gateway::TestGateway::start(configuration).await;
                crate::gateways::$module::$case(&mut gateway).await;
            }
        )+)+
    };
    ($($cases:tt)+) => {
        mod nginx {
            on_each_gateway!(@tests NGINX $($cases)+);
        }
        mod envoy {
            on_each_gateway!(@tests ENVOY $($cases)+);
        }
        mod caddy {
            on_each_gateway!(@tests CADDY $($cases)+);
        }
    };
}

on_each_gateway! {
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
    changed:
        a_deleted_key_is_refused_at_once,
        nothing_is_forwarded_while_the_server_is_down;
}

/// What these two support and nginx does not.
mod envoy_only {
    on_each_gateway! {
        @tests ENVOY
        spoofing: no_other_auth_header_is_forwarded;
    }
}

mod caddy_only {
    on_each_gateway! {
        @tests CADDY
        spoofing: no_other_auth_header_is_forwarded;
    }
}

/// The configuration for an Envoy without `path_override`.
mod envoy_before_1_38 {
    on_each_gateway! {
        @tests ENVOY_BEFORE_1_38
        forwarding: a_key_is_accepted_in_either_header, a_request_is_forwarded_unchanged;
        spoofing: the_client_does_not_choose_the_scope;
    }
}
