//! Locks between processes, held across a fork: they are the parent's, and stay its.

use redis_core::{ErrorKind, Result};
use std::time::Duration;

use crate::flavour::{Site, both_processes};
use crate::process::fork;

/// Longer than any test.
const HOUR: Duration = Duration::from_secs(3600);

fn text<T>(outcome: Result<T>) -> std::result::Result<T, String> {
    outcome.map_err(|error| error.to_string())
}

fn is_forked<T>(outcome: Result<T>) -> std::result::Result<(), String> {
    match outcome {
        Err(error) if error.kind() == ErrorKind::Forked => Ok(()),
        Err(error) => Err(format!("another error: {error}")),
        Ok(_) => Err("the child did it".to_owned()),
    }
}

both_processes! {
    parts {
        async fn take(lock: &Lock) -> Result<LockGuard> {
            lock.acquire().await
        }

        async fn try_take(lock: &Lock) -> Result<Option<LockGuard>> {
            lock.try_acquire().await
        }

        async fn owned(guard: &LockGuard) -> Result<bool> {
            guard.owned().await
        }

        async fn extend(guard: &LockGuard) -> Result<()> {
            guard.extend(HOUR).await
        }

        async fn release(guard: LockGuard) -> Result<()> {
            guard.release().await
        }

        async fn lost(guard: &LockGuard) -> redis_core::Error {
            guard.lost().await
        }

        async fn ping(r: &Client) -> Result<()> {
            r.ping().await.map(drop)
        }
    }

    fn a_child_does_not_hold_its_parents_lock_and_does_not_release_it(site) {
        let (carrier, r, key) = (Carrier::new(), Client::from_url(&site.url()).unwrap(), site.key("lock"));
        for renew in [false, true] {
            let lock = r.lock(&key).lease(HOUR).renew(renew);
            let mut guard = Some(carrier.run(take(&lock)).unwrap());
            let fence = guard.as_ref().map(|guard| guard.fence());
            for used in [false, true] {
                let child = fork(|| {
                    let carrier = Carrier::new();
                    let held = guard.take().expect("it was inherited");
                    if used {
                        is_forked(carrier.run(owned(&held)))?;
                        is_forked(carrier.run(extend(&held)))?;
                        is_forked::<()>(Err(carrier.run(lost(&held))))?;
                        if !held.is_lost() || held.remaining() != Some(Duration::ZERO) {
                            return Err("the child believes that it holds it".to_owned());
                        }
                        is_forked(carrier.run(release(held)))?;
                    } else {
                        drop(held);
                    }
                    // whatever the drop had sent would be there before this
                    text(carrier.run(ping(&r)))
                });
                child.join();
            }
            let held = guard.take().expect("the parent's");
            assert_eq!(Some(held.fence()), fence);
            assert!(carrier.run(owned(&held)).unwrap() && !held.is_lost());
            carrier.run(release(held)).unwrap();
            assert_eq!(site.witness().get(&key), None);
        }
    }

    fn a_child_contends_with_its_parent_by_the_same_handle(site) {
        let (carrier, r, key) = (Carrier::new(), Client::from_url(&site.url()).unwrap(), site.key("lock"));
        let lock = r.lock(&key).lease(HOUR);
        let guard = carrier.run(take(&lock)).unwrap();
        let child = fork(|| {
            // refused by the server, since it is another's: not a deadlock with itself
            match text(Carrier::new().run(try_take(&lock)))? {
                Some(_) => Err("the child holds it too".to_owned()),
                None => Ok(()),
            }
        });
        child.join();
        carrier.run(release(guard)).unwrap();
        let child = fork(|| {
            let carrier = Carrier::new();
            let guard = text(carrier.run(take(&lock)))?;
            text(carrier.run(release(guard)))
        });
        child.join();
    }

    fn only_the_parent_renews(site) {
        let (carrier, r, key) = (Carrier::new(), Client::from_url(&site.url()).unwrap(), site.key("lock"));
        let lock = r.lock(&key).lease(Duration::from_secs(3)).renew(true);
        let guard = carrier.run(take(&lock)).unwrap();
        let mut witness = site.witness();
        let child = fork(|| {
            // nobody in here renews what is held out there
            let threads = std::fs::read_dir("/proc/self/task").map(Iterator::count);
            if matches!(threads, Ok(threads) if threads != 1) {
                return Err(format!("{threads:?} threads in a child that began none"));
            }
            Ok(())
        });
        child.join();
        let (mut seen, mut renewed) = (i64::MAX, false);
        crate::flavour::look_until("the parent renews", || {
            let left = witness.call(&["PTTL", &key]).integer();
            renewed |= left > seen;
            seen = left;
            renewed
        });
        carrier.run(release(guard)).unwrap();
    }
}
