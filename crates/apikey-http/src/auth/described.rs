//! The description of these operations.

use super::{ConfigView, UpdatePasswordBody, login_body::Login};
use crate::openapi::{operation::Operation, parameters};
use serde_json::{Value, json};

/// Returns the operations with which people sign in and out.
pub(crate) fn operations() -> Vec<Operation> {
    let cookie = || json!({"type": "string"});
    vec![
        Operation::new(
            "GET /auth/config",
            "getSignInConfig",
            "Says how people may sign in.",
        )
        .answers::<ConfigView>("With a password."),
        Operation::new("POST /auth/login", "signIn", "Begins a session.")
            .header(parameters::request_id())
            .takes_as::<Login>(&["application/json", "application/x-www-form-urlencoded"])
            .answers_null("The session has begun.")
            .answer_header("Set-Cookie", cookie(), "The cookie `gpustack_session`.")
            .refused([401, 403, 415, 429, 500, 503]),
        Operation::new(
            "POST /auth/logout",
            "signOut",
            "Ends the session of the cookie.",
        )
        .header(parameters::request_id())
        .answers_with("There is no session.", Value::Null, &[])
        .answer_header("Set-Cookie", cookie(), "Takes the cookie away.")
        .refused([403, 500, 503]),
        Operation::new(
            "POST /auth/update-password",
            "updatePassword",
            "Changes the caller's password.",
        )
        .signed_in()
        .takes::<UpdatePasswordBody>()
        .answers_null("The password is another one.")
        .refused([404]),
    ]
}
