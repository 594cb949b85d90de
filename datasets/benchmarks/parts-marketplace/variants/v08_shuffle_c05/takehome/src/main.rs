mod fits;
mod shop;

use serde_json::{json, Value};
use shop::{Offer, Shop};
use std::io::{BufRead, BufReader, Write};
use std::{fs, net::TcpListener, sync::Arc, thread, time::Duration};

fn apply(shop: &Shop, line: &str) -> Result<bool, &'static str> {
    let e: Value = serde_json::from_str(line).map_err(|_| "unreadable")?;
    let yard = e["yard"].as_str().and_then(|y| y.get(1..)?.parse().ok()).ok_or("yard")?;
    let no = e["offer"].as_u64().ok_or("offer")?;
    let seq = e["seq"].as_u64().ok_or("seq")?;
    match e["op"].as_str() {
        Some("sold" | "withdraw") => Ok(shop.sold((yard, no), seq)),
        Some("put") => {
            let cents = e["price"].as_u64().filter(|c| (1..5_000_000).contains(c)).ok_or("price")?;
            let oe: String = e["oe"].as_str().unwrap_or("").chars().filter(|c| c.is_alphanumeric()).collect();
            Ok(shop.put(Offer {
                key: (yard, no), seq, cents: cents as u32, oe: oe.to_uppercase(),
                part: e["part"].as_str().ok_or("part")?.to_string(),
                donor: e["donor"].as_str().unwrap_or("").to_string(),
            }))
        }
        _ => Err("op"),
    }
}

fn main() {
    let shop = Arc::new(Shop::default());
    let fits = Arc::new(fits::Fits {
        catalogue: fits::read(&fs::read_to_string("starter/fits_catalogue.csv").unwrap()),
        cross: fits::read(&fs::read_to_string("starter/fits_cross.csv").unwrap()),
    });
    let file = std::env::args().nth(1).expect("feed file");
    let feed = shop.clone();
    thread::spawn(move || {
        let (mut bad, mut behind) = (0, 0);
        for (i, line) in BufReader::new(fs::File::open(file).unwrap()).lines().enumerate() {
            match apply(&feed, &line.unwrap()) {
                Ok(true) => {}
                Ok(false) => behind += 1,
                Err(why) => { bad += 1; eprintln!("line {} {why}", i + 1); }
            }
        }
        eprintln!("feed end: bad {bad}, behind {behind}");
    });
    let turner = shop.clone();
    thread::spawn(move || loop {
        let n = turner.turn();
        eprintln!("page {n} offers, {} sales pending", turner.pending_sales());
        thread::sleep(Duration::from_secs(20));
    });
    for s in TcpListener::bind("0.0.0.0:8080").unwrap().incoming().flatten() {
        let (shop, fits) = (shop.clone(), fits.clone());
        thread::spawn(move || {
            let (mut s, mut first) = (s, String::new());
            if BufReader::new(&s).read_line(&mut first).is_err() { return; }
            let get = |k: &str| first.split(['?', '&', ' ']).find_map(|p| p.strip_prefix(k)).unwrap_or("").replace('+', " ");
            let (q, v) = (get("q="), get("vehicle="));
            let rows: Vec<Value> = shop
                .find(&q, |o| v.is_empty() || fits.says(&o.oe, &o.donor, &v).is_some(), 50)
                .iter()
                .map(|o| json!({"yard": o.key.0, "offer": o.key.1, "cents": o.cents, "fit": fits.says(&o.oe, &o.donor, &v)}))
                .collect();
            let _ = write!(s, "HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{}", json!(rows));
        });
    }
}
