//! How a statement of this folder is handed to the writer or a reader.

/// Returns a closure that runs a statement with copies of its arguments, on
/// whichever connection and as often as it is run.
macro_rules! statement {
    ($statement:path, $($argument:ident: $pass:expr),*) => {
        move |connection: &mut Connection| {
            $(let $argument = $argument.clone();)*
            Box::pin(async move { $statement(connection, $($pass),*).await })
        }
    };
}
