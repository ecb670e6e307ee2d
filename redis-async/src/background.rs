//! What a client does beside its callers: tasks, all of one type.

use std::future::Future;
use std::pin::Pin;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

/// Has this done on a runtime.
///
/// In a box, although tokio has one of its own: its machinery is made anew for each type of task, and is more code than
/// most of what is done here.
pub(crate) fn spawn(
    runtime: &Handle,
    task: impl Future<Output = ()> + Send + 'static,
) -> AbortHandle {
    let task: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(task);
    runtime.spawn(task).abort_handle()
}
