//! The page of figures, compared with the recorded counts.

/// Each row of the table, in its order, by the name of its count.
const ROWS: [&str; 10] = [
    "hello",
    "pipelined",
    "fastcgi",
    "mounts",
    "metrics",
    "adaptor",
    "log",
    "site",
    "parse",
    "session",
];

#[test]
fn the_page_of_figures_has_the_recorded_counts() {
    let page = include_str!("../FIGURES.md");
    let recorded = include_str!("../../../tests/peers/instructions.txt");
    let (_, table) = page.split_once("| request | instructions |").unwrap();
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let shown = rows.map(|row| {
        let cell = row.trim_end_matches(" |").rsplit("| ").next().unwrap();
        cell.replace(',', "").parse::<u64>().unwrap()
    });
    let shown: Vec<_> = shown.collect();
    assert_eq!(shown.len(), ROWS.len());
    for (name, shown) in ROWS.into_iter().zip(shown) {
        let mut lines = recorded.lines().filter_map(|line| line.split_once(' '));
        let (_, count) = lines.find(|(found, _)| *found == name).unwrap();
        let count: u64 = count.parse().unwrap();
        assert!(
            shown.abs_diff(count) * 20 <= count,
            "{name}: {shown}, recorded {count}"
        );
    }
}
