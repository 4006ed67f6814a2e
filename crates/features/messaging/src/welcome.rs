//! What stands in the first channel of a new workspace: enough to start without a manual.

/// Name of the channel everybody joins; its folded form is the same.
pub(crate) const CHANNEL: &str = "general";

/// Its topic.
pub(crate) const TOPIC: &str = "News and talk for everybody in this workspace";

/// Its first messages, in order.
pub(crate) const MESSAGES: [&str; 4] = [
    "**Welcome!** This is `general`, the channel that everybody in this workspace joins. \
     What is written here is kept: every message you see as sent is safely stored.",
    "**Writing.** Messages are Markdown:\n\n\
     - `**bold**`, `*italic*`, `~~struck~~` become **bold**, *italic*, ~~struck~~\n\
     - start a line with `>` to quote, with `-` or `1.` to list\n\
     - three backticks before and after make a block of code:\n\n\
     ```rust\nfn main() {\n    println!(\"hello, everybody\");\n}\n```\n\n\
     Enter sends, Shift+Enter begins a new line, the up arrow edits your last message.",
    "**Finding your way.** `Ctrl K` jumps to any channel or person. Reply *in a thread* to keep a side topic together, \
     react with an emoji instead of writing \"ok\", and name people with `@handle` when they should look. \
     A channel in bold has something new; a number counts what is addressed to you.",
    "**What next?**\n\n\
     1. Invite people: open the menu of the workspace and create an invitation link.\n\
     2. Create a channel for each subject: public ones can be found by all members, private ones by invitation only, \
     in announcement channels only owners and admins write.\n\
     3. Say hello below.",
];

#[cfg(test)]
mod tests {
    use super::MESSAGES;
    use crate::draft::Draft;

    #[test]
    fn the_welcome_keeps_the_rules_of_messages() {
        for text in MESSAGES {
            assert_eq!(Draft::check(text).expect("a message").text, text);
        }
    }
}
