//! SQLite: connections, units of work with group commit, migrations, sealed columns.
