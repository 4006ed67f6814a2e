//! The most common passwords of published leaks, lower case: what every guesser tries first.

/// See the module.
pub(super) const COMMON: &[&str] = &[
    "123456", "password", "123456789", "12345678", "12345", "qwerty", "1234567", "111111", "1234567890", "123123", "abc123",
    "1234", "password1", "iloveyou", "1q2w3e4r", "000000", "qwerty123", "zaq12wsx", "dragon", "sunshine", "princess", "letmein",
    "654321", "monkey", "27653", "1qaz2wsx", "123321", "qwertyuiop", "superman", "asdfghjkl", "football", "baseball", "welcome",
    "admin", "administrator", "login", "master", "hello", "freedom", "whatever", "trustno1", "starwars", "passw0rd", "shadow",
    "michael", "jordan", "jennifer", "hunter", "killer", "batman", "ashley", "bailey", "charlie", "donald", "qazwsx", "asdfgh",
    "zxcvbn", "zxcvbnm", "666666", "888888", "121212", "555555", "112233", "777777", "999999", "696969", "987654321",
    "0987654321", "1q2w3e4r5t", "1q2w3e", "1qazxsw2", "q1w2e3r4", "q1w2e3r4t5", "p@ssw0rd", "p@ssword", "pa$$word", "secret",
    "changeme", "default", "guest", "root", "toor", "test", "tester", "testing", "user", "access", "flower", "lovely", "summer",
    "winter", "spring", "autumn", "computer", "internet", "cheese", "pokemon", "naruto", "liverpool", "chelsea", "arsenal",
    "mustang", "corvette", "ferrari", "chocolate", "cookie", "pepper", "ginger", "soccer", "hockey", "azerty", "aaaaaa",
    "abcdef", "abcd1234", "a1b2c3", "a1b2c3d4", "passwort", "hallo", "schalke04", "ficken", "qwertz", "qwertzuiop", "geheim",
    "motdepasse", "soleil", "senha", "contraseña", "iloveyou1", "fuckyou", "biteme", "mypassword", "correcthorsebatterystaple",
    "plexichat", "google", "samsung", "apple", "samantha", "thomas", "robert", "daniel", "andrew", "joshua", "matthew",
    "q1w2e3", "qweasd", "qweasdzxc", "1qaz2wsx3edc", "147258369", "159753", "987654", "131313", "102030", "123qwe", "1234qwer",
    "asdf1234", "letmein1", "welcome1", "admin123",
];
