//! The binary hezuo: configuration, telemetry, commands, wiring.
