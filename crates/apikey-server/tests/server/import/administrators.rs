//! What is said when nobody could administer what was imported.

use super::{Gpustack, sign_in};
use crate::{
    reset_password::reset,
    support::{Kind, TestServer, client::Client},
};
use serde_json::Value;

/// Returns what is said of the whole.
fn said_of_all(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    let of_all = findings.filter(|one| one["id"] == "");
    of_all.map(|one| one["reason"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_administrator_is_told_how_to_get_one() {
    let (gpustack, without_admins) = (Gpustack::new().await, Gpustack::new().await);
    gpustack.change(&["DELETE FROM user_passwords"]).await;
    let nobody = "UPDATE principals SET is_admin = FALSE";
    without_admins.change(&[nobody]).await;
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::not_started_on(kind).await;
        for arguments in [&["--dry-run"][..], &[], &["--dry-run"], &[]] {
            let report = gpustack.import(&server, arguments);
            let said = said_of_all(&report);
            assert_eq!(said.len(), 1, "{report:#}");
            assert!(said[0].contains("user reset-password NAME"), "{said:?}");
        }
        let (code, printed) = reset(&server, "admin", "Admin_123\n");
        assert_eq!(code, 0, "{printed}");
        for arguments in [&["--dry-run"][..], &[]] {
            let report = gpustack.import(&server, arguments);
            assert!(said_of_all(&report).is_empty(), "{report:#}");
        }
        server.start_again().await;
        let client = Client::new(&server);
        assert_eq!(sign_in(&client, "admin", "Admin_123").await, 200);

        let server = TestServer::not_started_on(kind).await;
        for arguments in [&["--dry-run"][..], &[]] {
            let report = without_admins.import(&server, arguments);
            let said = said_of_all(&report);
            assert_eq!(said.len(), 1, "{report:#}");
            assert!(
                said[0].contains("make somebody one at the source"),
                "{said:?}"
            );
        }
    }
}
