//! The routes and their handlers.

mod resource;

use crate::{
    api::Api,
    api_keys, auth, console,
    conventions::{problem::with_problems, with_conventions},
    cors,
    error::HttpError,
    events, members,
    openapi::served,
    organizations, own_account, probes, removals, reports, sessions, users,
    verification::{backend, gateway, token_auth},
};
use actix_web::{
    HttpResponse,
    http::Method,
    middleware::from_fn,
    web::{self, ServiceConfig},
};
use resource::{only_method, resource};

/// Returns the configuration of an app that serves `api`. It is the same for each
/// worker: `App::new().configure(apikey_http::configure(api))`. Outside of tests, serve
/// it with [`connection::serve`](crate::connection::serve), which bounds what clients
/// can use.
///
/// # Example
///
/// See the [crate documentation](crate).
pub fn configure(api: Api) -> impl Fn(&mut ServiceConfig) + Clone {
    let origins = api.cors_origins.clone();
    let api = web::Data::new(api);
    move |config| {
        config.app_data(api.clone());
        // A request without a path, such as `OPTIONS *`, matches no scope.
        config.default_service(web::to(no_such_route));
        // First, because it has the most requests; separate, because it accepts any
        // method.
        let verify = web::scope("/auth/verify").default_service(web::to(gateway::verify));
        config.service(verify.wrap_fn(with_problems));
        config.configure(verification_routes);
        let scope = web::scope("")
            .default_service(web::to(no_such_route))
            .configure(probe_routes)
            .configure(sign_in_routes)
            .configure(api_key_routes)
            .configure(user_routes)
            .configure(organization_routes)
            .configure(event_routes)
            .configure(console_routes)
            .configure(description_routes);
        match origins.middleware() {
            Some(middleware) => {
                let scope = scope.wrap(middleware).wrap(from_fn(cors::for_routes_only));
                config.service(scope.wrap(from_fn(with_conventions)))
            }
            None => config.service(scope.wrap(from_fn(with_conventions))),
        };
    }
}

/// Returns the configuration of an app that serves the metrics of `api` and nothing else.
pub(crate) fn configure_metrics(api: Api) -> impl Fn(&mut ServiceConfig) + Clone {
    let api = web::Data::new(api);
    move |config| {
        config.app_data(api.clone());
        config.default_service(web::to(no_such_route));
        let metrics = resource("/metrics", [(Method::GET, web::to(probes::metrics_alone))]);
        config.service(metrics.wrap(from_fn(with_conventions)));
    }
}

fn probe_routes(config: &mut ServiceConfig) {
    config
        .service(resource(
            "/healthz",
            [(Method::GET, web::to(probes::health))],
        ))
        .service(resource("/livez", [(Method::GET, web::to(probes::health))]))
        .service(resource(
            "/readyz",
            [(Method::GET, web::to(probes::readiness))],
        ))
        .service(resource(
            "/metrics",
            [(Method::GET, web::to(probes::metrics))],
        ))
        .service(resource(
            "/version",
            [(Method::GET, web::to(probes::version))],
        ));
}

fn description_routes(config: &mut ServiceConfig) {
    config
        .service(resource(
            "/openapi.json",
            [(Method::GET, web::to(served::description))],
        ))
        .service(resource("/docs", [(Method::GET, web::to(served::page))]))
        .service(resource(
            "/docs/{file}",
            [(Method::GET, web::to(served::file))],
        ));
}

fn sign_in_routes(config: &mut ServiceConfig) {
    config
        .service(resource(
            "/auth/config",
            [(Method::GET, web::to(auth::config))],
        ))
        .service(resource(
            "/auth/login",
            [(Method::POST, web::to(auth::login))],
        ))
        .service(resource(
            "/auth/logout",
            [(Method::POST, web::to(auth::logout))],
        ))
        .service(resource(
            "/auth/update-password",
            [(Method::POST, web::to(auth::update_password))],
        ));
}

/// The routes at which keys are verified. A gateway may ask with the method of its client, and
/// take any 2xx for a good key: so they answer no other method, nor a browser that asks what a
/// page of another origin may do.
fn verification_routes(config: &mut ServiceConfig) {
    let token_auth = only_method("/token-auth", Method::GET, web::to(token_auth::verify));
    config.service(token_auth.wrap_fn(with_problems));
    let verify = web::to(backend::verify);
    let backend = only_method("/v2/api-keys/verify", Method::POST, verify);
    config.service(backend.wrap_fn(with_problems));
}

fn api_key_routes(config: &mut ServiceConfig) {
    config
        .service(resource(
            "/v2/api-keys",
            [
                (Method::GET, web::to(api_keys::list)),
                (Method::POST, web::to(api_keys::create)),
            ],
        ))
        .service(resource(
            "/v2/api-keys/{id}",
            [
                (Method::GET, web::to(api_keys::read)),
                (Method::PUT, web::to(api_keys::update)),
                (Method::PATCH, web::to(api_keys::patch)),
                (Method::DELETE, web::to(api_keys::delete)),
            ],
        ))
        .service(resource(
            "/v2/api-keys/{id}/rotate",
            [(Method::POST, web::to(api_keys::rotate))],
        ))
        .service(resource(
            "/v2/api-keys/{id}/credentials/{credential_id}",
            [(Method::DELETE, web::to(api_keys::end_credential))],
        ))
        .service(resource(
            "/v2/api-keys/{id}/revoke",
            [(Method::POST, web::to(api_keys::revoke))],
        ))
        .service(resource(
            "/v2/api-keys/{id}/explain",
            [(Method::POST, web::to(api_keys::explain))],
        ))
        .service(resource(
            "/v2/reports/hygiene",
            [(Method::GET, web::to(reports::hygiene))],
        ));
}

fn user_routes(config: &mut ServiceConfig) {
    config
        .service(resource(
            "/v2/users",
            [
                (Method::GET, web::to(users::list)),
                (Method::POST, web::to(users::create)),
            ],
        ))
        .service(resource(
            "/v2/users/me",
            [
                (Method::GET, web::to(own_account::get)),
                (Method::PUT, web::to(own_account::update)),
            ],
        ))
        .service(resource(
            "/v2/users/me/organizations",
            [(Method::GET, web::to(own_account::list_organizations))],
        ))
        .service(resource(
            "/v2/users/me/sessions",
            [(Method::GET, web::to(sessions::list))],
        ))
        .service(resource(
            "/v2/users/me/sessions/{id}",
            [(Method::DELETE, web::to(sessions::end))],
        ))
        .service(resource(
            "/v2/users/{id}",
            [
                (Method::GET, web::to(users::get)),
                (Method::PUT, web::to(users::update)),
                (Method::DELETE, web::to(users::delete)),
            ],
        ))
        .service(resource(
            "/v2/users/{id}/activation",
            [(Method::PATCH, web::to(users::activate))],
        ))
        .service(resource(
            "/v2/users/{id}/api-keys",
            [(Method::POST, web::to(api_keys::create_for_user))],
        ));
}

fn organization_routes(config: &mut ServiceConfig) {
    config
        .service(resource(
            "/v2/organizations",
            [
                (Method::GET, web::to(organizations::list)),
                (Method::POST, web::to(organizations::create)),
            ],
        ))
        .service(resource(
            "/v2/organizations/{id}",
            [
                (Method::GET, web::to(organizations::get)),
                (Method::PUT, web::to(organizations::update)),
                (Method::DELETE, web::to(organizations::delete)),
            ],
        ))
        .service(resource(
            "/v2/organizations/{id}/members",
            [
                (Method::GET, web::to(members::list)),
                (Method::POST, web::to(members::add)),
            ],
        ))
        .service(resource(
            "/v2/organizations/{id}/members/{user_id}",
            [
                (Method::PUT, web::to(members::update)),
                (Method::DELETE, web::to(members::remove)),
            ],
        ));
}

fn event_routes(config: &mut ServiceConfig) {
    config
        .service(resource(
            "/v2/events",
            [(Method::GET, web::to(events::list))],
        ))
        .service(resource(
            "/v2/removals",
            [(Method::GET, web::to(removals::list))],
        ));
}

/// What GPUStack's console asks for beside keys and users.
fn console_routes(config: &mut ServiceConfig) {
    config
        .service(resource(
            "/v2/user-directory",
            [(Method::GET, web::to(console::people))],
        ))
        .service(resource(
            "/update/",
            [(Method::GET, web::to(console::no_update))],
        ))
        .service(resource(
            "/v2/config",
            [(Method::GET, web::to(console::nothing))],
        ))
        .service(resource(
            "/v2/dashboard",
            [(Method::GET, web::to(console::nothing))],
        ))
        .service(resource(
            "/v2/my-models",
            [(Method::GET, web::to(console::no_items))],
        ))
        .service(resource(
            "/v2/clusters",
            [(Method::GET, web::to(console::no_items))],
        ))
        .service(resource(
            "/v2/workers",
            [(Method::GET, web::to(console::no_items))],
        ))
        .service(resource(
            "/v2/usage/resource-events",
            [(Method::GET, web::to(console::no_items))],
        ))
        .service(resource(
            "/v2/usage/breakdown",
            [(Method::POST, web::to(console::no_usage))],
        ));
}

async fn no_such_route() -> Result<HttpResponse, HttpError> {
    Err(HttpError::no_such_route())
}
