import FleetModel
import TOMLKit

/// One of the operator's TOML files; only the keys asked for are looked at.
struct AzlinFile {
  private let table: TOMLTable
  /// How messages name it.
  private let shown: String
  private let lines: [Substring]

  /// nil where there is no such file.
  /// - Throws: `AzlinConfigurationError` where it cannot be read or is not TOML.
  init?(_ path: String, in directory: ConfigurationDirectory) throws(AzlinConfigurationError) {
    guard let text = try Self.text(path, in: directory) else { return nil }
    shown = SafeText.line(directory.shown(path))
    lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    do { table = try TOMLTable(string: text) } catch let error as TOMLParseError {
      throw AzlinConfigurationError(
        "\(shown):\(error.source.begin.line): not TOML: \(SafeText.line(error.description)); correct that line")
    } catch {
      throw AzlinConfigurationError("\(shown): not TOML: \(SafeText.line("\(error)")); correct the file")
    }
  }

  /// The text of a small file, without a byte order mark; nil where there is none.
  static func text(
    _ path: String, in directory: ConfigurationDirectory
  ) throws(AzlinConfigurationError) -> String? {
    let bytes: [UInt8]?
    do { bytes = try FileAccess.read(path) } catch { throw AzlinConfigurationError(error.description) }
    guard var bytes else { return nil }
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes.removeFirst(3) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw AzlinConfigurationError(
        "\(SafeText.line(directory.shown(path))): the text is not UTF-8: save it as UTF-8")
    }
    return text
  }

  /// A string; empty counts as not said.
  func text(_ key: String) throws(AzlinConfigurationError) -> String? {
    guard let value = table[key] else { return nil }
    guard let text = value.string else { throw wrong(key, expected: "a text in quotation marks") }
    let trimmed = text.trimmingBlanks
    guard SafeText.isPlain(trimmed) else { throw wrong(key, expected: "a text without control characters") }
    return trimmed.isEmpty ? nil : trimmed
  }

  /// Whole seconds.
  func seconds(_ key: String, in range: ClosedRange<Int>) throws(AzlinConfigurationError) -> Duration? {
    guard let value = table[key] else { return nil }
    guard let number = value.int, range.contains(number) else {
      throw wrong(key, expected: "whole seconds from \(range.lowerBound) to \(range.upperBound)")
    }
    return .seconds(number)
  }

  private func wrong(_ key: String, expected: String) -> AzlinConfigurationError {
    let line = lines.firstIndex { $0.drop { $0 == " " || $0 == "\t" }.hasPrefix(key) }
    return AzlinConfigurationError(
      "\(shown)\(line.map { ":\($0 + 1)" } ?? ""): \(key) must be \(expected); correct or remove that line")
  }
}
