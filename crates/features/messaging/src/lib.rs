//! plexichat-messaging
