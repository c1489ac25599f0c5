//! The configurations of `docs/gateways`, run by the real programs between a
//! client, a real server and a service that notes what reaches it.
//!
//! `APIKEY_TEST_NGINX`, `APIKEY_TEST_ENVOY` and `APIKEY_TEST_CADDY` name the
//! programs; `cargo xtask test` sets them. Without them these tests fail.

mod changed;
mod claimed;
mod configuration;
mod gateway;
mod let_through;
mod modeled;
mod refused;
mod service;
mod test_gateway;

/// Makes a test of each case on each gateway.
macro_rules! on_each_gateway {
    (@tests $configuration:ident $($module:ident: $($case:ident),+;)+) => {
        $($(
            #[tokio::test]
            async fn $case() {
                let configuration = &crate::gateways::configuration::$configuration;
                let mut test = crate::gateways::test_gateway::TestGateway::start(configuration).await;
                crate::gateways::$module::$case(&mut test).await;
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
    let_through:
        a_key_is_let_through_in_either_header,
        the_service_is_told_of_the_organization,
        a_name_arrives_encoded,
        a_request_arrives_as_it_was_sent,
        what_the_service_answers_is_left_alone;
    refused:
        a_request_without_a_key_that_counts_is_refused,
        a_key_without_the_scope_is_refused,
        two_different_keys_are_refused;
    claimed:
        who_the_client_claims_to_be_never_arrives,
        the_client_does_not_choose_the_scope;
    modeled:
        a_key_is_held_to_its_models,
        the_client_does_not_choose_the_model,
        no_spelling_of_a_path_leads_past_its_model;
    changed:
        a_deleted_key_is_refused_at_once,
        nothing_is_let_through_while_the_server_is_away;
}

/// What these two can do and nginx cannot.
mod envoy_besides {
    on_each_gateway! {
        @tests ENVOY
        claimed: no_other_header_of_the_family_arrives;
    }
}

mod caddy_besides {
    on_each_gateway! {
        @tests CADDY
        claimed: no_other_header_of_the_family_arrives;
    }
}

/// The form for an Envoy that has no `path_override`.
mod envoy_before_1_38 {
    on_each_gateway! {
        @tests ENVOY_BEFORE_1_38
        let_through: a_key_is_let_through_in_either_header, a_request_arrives_as_it_was_sent;
        claimed: the_client_does_not_choose_the_scope;
    }
}
