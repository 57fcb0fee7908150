/// A number in JSON that some services write as a text (`"3599"`).
struct LooseNumber: Decodable {
  let value: Double

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let number =
      if let number = try? container.decode(Double.self) { number } else { Double(try container.decode(String.self)) }
    // Seconds since 1970 until the year 5138: beyond them `Instant` has no room.
    guard let number, abs(number) < 1e11 else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no number of seconds")
    }
    value = number
  }
}
