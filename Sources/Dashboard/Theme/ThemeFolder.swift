import Glibc

extension ThemeCatalog {
  /// The shipped themes and those of a folder of the user's (`NAME.toml`); a folder that is not there holds none.
  ///
  /// - Throws: `ThemeError` for a file that cannot be read.
  package static func reading(folder: String) throws(ThemeError) -> ThemeCatalog {
    var texts: [String: String] = [:]
    for file in files(in: folder) where file.hasSuffix(".toml") {
      let name = String(file.dropLast(5))
      guard let text = contents(of: "\(folder)/\(file)") else {
        throw ThemeError(
          theme: name, line: nil,
          message: "\(folder)/\(file) cannot be read: \(String(cString: strerror(errno))); mend its permissions")
      }
      texts[name] = text
    }
    return ThemeCatalog(userThemes: texts)
  }

  private static func files(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      names.append(name)
    }
    return names.sorted()
  }

  /// At most 256 KiB: a theme has a few kilobytes.
  private static func contents(of path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 14)
    while bytes.count < 1 << 18 {
      let count = read(file, &block, block.count)
      if count < 0 { return nil }
      if count == 0 { break }
      bytes += block[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
