//! Packages a statement of this folder for the writer or a reader.

/// Returns a closure that runs a statement on a given connection with clones of its
/// arguments, any number of times.
macro_rules! statement {
    ($statement:path, $($argument:ident: $pass:expr),*) => {
        move |connection: &mut Connection| {
            $(let $argument = $argument.clone();)*
            Box::pin(async move { $statement(connection, $($pass),*).await })
        }
    };
}
