//! The process as Linux sees it: memory, processor time, files.
//!
//! Names are those every Prometheus client uses. What cannot be read is left out, as on other
//! systems.

use std::fmt::Write as _;

/// Ticks of `/proc/self/stat` in a second: `USER_HZ`, 100 on every Linux.
const TICKS: f64 = 100.0;

/// Appends the state of this process to `page`.
pub(super) fn render(page: &mut String) {
    let mut write = |name: &str, kind: &str, help: &str, value: Option<f64>| {
        if let Some(value) = value {
            let _infallible = write!(page, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
        }
    };
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    write("process_cpu_seconds_total", "counter", "Processor time used.", cpu_seconds(&stat));
    write("process_resident_memory_bytes", "gauge", "Memory in use.", kib(&status, "VmRSS:"));
    write("process_virtual_memory_bytes", "gauge", "Address space in use.", kib(&status, "VmSize:"));
    write("process_threads", "gauge", "Threads.", number(&status, "Threads:"));
    write("process_open_fds", "gauge", "Open files and sockets.", open_files());
    write("process_max_fds", "gauge", "Most open files and sockets.", number(&limits, "Max open files"));
}

/// The 14th and 15th field; counted after the name, which may hold blanks and brackets.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / TICKS)
}

fn number(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn kib(text: &str, name: &str) -> Option<f64> {
    number(text, name).map(|kib| kib * 1024.0)
}

fn open_files() -> Option<f64> {
    let count = std::fs::read_dir("/proc/self/fd").ok()?.count();
    // One of them is the folder being read.
    u32::try_from(count.saturating_sub(1)).ok().map(f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found() {
        let stat = "1 (a ) b) S 0 1 1 0 -1 4 1 0 0 0 250 50 0 0 20 0 3 0 5 6 7";
        assert_eq!(cpu_seconds(stat), Some(3.0));
        assert_eq!(kib("Name: x\nVmRSS:\t  12 kB\n", "VmRSS:"), Some(12_288.0));
        assert_eq!(number("Max open files            1024   4096  files\n", "Max open files"), Some(1_024.0));
    }

    #[test]
    fn nonsense_is_left_out() {
        assert_eq!(cpu_seconds(""), None);
        assert_eq!(cpu_seconds("1 (x) S"), None);
        assert_eq!(number("VmRSS:", "VmRSS:"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_measured() {
        let mut page = String::new();
        render(&mut page);
        assert_eq!(page.matches("# TYPE ").count(), 6, "{page}");
    }
}
