//! One million entries: what a proof costs. Run by hand, optimised: `--release --run-ignored all -E 'test(million)'`.

use crate::world::Node;
use plexichat_audit::{export, verify};
use plexichat_testkit::TestDb;
use tokio::time::Instant;

const COUNT: usize = 1_000_000;

async fn measure(db: TestDb) {
    let node = Node::new(db.db(), 1).await;
    let record = node.record(9).await;
    let started = Instant::now();
    // Written as acts write them, five hundred to a transaction; each is an entry of its own.
    for _ in 0..COUNT / 500 {
        let mut records = Vec::new();
        for _ in 0..500 {
            records.push(node.record(9).await);
        }
        let write = node.journal.write(move |tx| {
            let records = records.clone();
            Box::pin(async move {
                for record in &records {
                    record.write(tx).await?;
                }
                Ok(())
            })
        });
        write.await.expect("written");
    }
    drop(record);
    println!("written in {:?}", started.elapsed());
    let started = Instant::now();
    assert_eq!(node.sequence().await, Some(COUNT));
    println!("numbered and signed in {:?}", started.elapsed());
    let log = node.log();
    let (mut worst, mut total) = (std::time::Duration::ZERO, std::time::Duration::ZERO);
    let mut bytes = 0;
    for at in 0..1_000_u64 {
        let started = Instant::now();
        let proof = log.prove(at * 999 + 7).await.expect("proven");
        let took = started.elapsed();
        (worst, total) = (worst.max(took), total + took);
        bytes = bytes.max(proof.proof.len() * 32);
        export::check_proof(&proof, None).expect("holds");
    }
    println!("proof: mean {:?}, worst {worst:?}, {bytes} bytes of hashes", total / 1_000);
    let started = Instant::now();
    log.signed_checkpoint(Some(777_777)).await.expect("consistent");
    println!("consistency proof in {:?}", started.elapsed());
    let started = Instant::now();
    let report = verify::database(&node.db, None, &[]).await.expect("walks");
    println!("verified in {:?}: {report:?}", started.elapsed());
    assert_eq!((report.entries, report.finding), (1_000_000, None));
}

#[test]
#[ignore = "minutes; a measurement"]
fn sqlite() {
    plexichat_testkit::run_on(plexichat_testkit::Engine::Sqlite, measure);
}
