import FoundationEssentials
import GRDB

/// Text and values as the journal's columns hold them.
enum JournalText {
  /// SQLite's text ends at the first NUL; a text that has one is kept as bytes, which read back as the same text.
  static func column(_ text: String) -> DatabaseValue {
    text.utf8.contains(0) ? Data(text.utf8).databaseValue : text.databaseValue
  }

  /// The text of a column; nil where it is NULL. For copied rows, whose values keep their bytes.
  static func text(_ row: Row, _ column: String) -> String? {
    row[column].flatMap { (value: any DatabaseValueConvertible) in String.fromDatabaseValue(value.databaseValue) }
  }

  /// JSON of a value, as text.
  static func json(_ value: some Encodable) throws -> String {
    String(decoding: try makeEncoder().encode(value), as: UTF8.self)
  }

  /// The value of a JSON text; nil where it is not understood (a newer azlin may have written it).
  static func value<Value: Decodable>(_ type: Value.Type, _ json: String?) -> Value? {
    guard let json else { return nil }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "+inf", negativeInfinity: "-inf", nan: "nan")
    return try? decoder.decode(type, from: Data(json.utf8))
  }

  private static func makeEncoder() -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "+inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }
}
