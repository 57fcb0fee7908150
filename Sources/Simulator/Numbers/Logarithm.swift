import Glibc

/// The natural logarithm of a positive number.
func naturalLogarithm(_ x: Double) -> Double { log(x) }
