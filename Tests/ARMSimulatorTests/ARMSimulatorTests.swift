import Testing

/// What the official clients see of the simulated Azure.
@Suite struct ARMSimulatorTests {}
