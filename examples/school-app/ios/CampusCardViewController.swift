import AVFoundation
import UIKit
import WebKit

/// The campus card: the school's page, which lies in the app, at the school's origin.
@MainActor
final class CampusCardViewController: UIViewController {
  /// The page's address on the school's server. It is not fetched for a start, but it says what the
  /// page's origin is: one that the school has listed, on https, so that there are WebCrypto and a storage
  /// that both stay the same with and without a network.
  private let address = URL(string: "https://app.school.edu/campus-card/")!
  /// An id of ours for the person, always the same for them. Never their card number.
  private let subject: String

  private lazy var bridge = HostBridge(origin: address, host: self)
  private var webView: WKWebView!
  private var brightnessBefore: CGFloat?
  private var brightnessWanted: CGFloat?
  private var isGuarded = false
  private var hearsShakes = false
  private let cover = UIView()

  init(subject: String) {
    self.subject = subject
    super.init(nibName: nil, bundle: nil)
  }

  required init?(coder: NSCoder) {
    fatalError("made in code")
  }

  override func loadView() {
    let configuration = WKWebViewConfiguration()
    configuration.userContentController.addScriptMessageHandler(
      bridge, contentWorld: .page, name: HostBridge.name)
    webView = WKWebView(frame: .zero, configuration: configuration)
    webView.navigationDelegate = self
    webView.uiDelegate = self
    bridge.attach(to: webView)
    view = webView
  }

  override func viewDidLoad() {
    super.viewDidLoad()
    cover.backgroundColor = .systemBackground
    let center = NotificationCenter.default
    center.addObserver(
      self, selector: #selector(wasCaptured),
      name: UIApplication.userDidTakeScreenshotNotification, object: nil)
    center.addObserver(
      self, selector: #selector(captureChanged), name: UIScreen.capturedDidChangeNotification,
      object: nil)
    center.addObserver(
      self, selector: #selector(leave), name: UIApplication.willResignActiveNotification, object: nil)
    center.addObserver(
      self, selector: #selector(comeBack), name: UIApplication.didBecomeActiveNotification, object: nil)
    start()
  }

  /// From the app's icon: the screen to go to.
  func open(screen: String) {
    bridge.tellShortcut(screen)
  }

  /// Without asking the network: `inline.html` is the whole page as far as a first code (pack.mjs).
  private func start() {
    guard let file = Bundle.main.url(forResource: "inline", withExtension: "html"),
      let html = try? String(contentsOf: file, encoding: .utf8),
      var parts = URLComponents(url: address, resolvingAgainstBaseURL: false)
    else { return }
    parts.queryItems = [URLQueryItem(name: "subject", value: subject)]
    guard let url = parts.url else { return }
    bridge.reset()
    webView.loadSimulatedRequest(URLRequest(url: url), responseHTML: html)
  }

  // MARK: Seen and not seen

  override func viewDidAppear(_ animated: Bool) {
    super.viewDidAppear(animated)
    becomeFirstResponder()
    comeBack()
  }

  override func viewWillDisappear(_ animated: Bool) {
    super.viewWillDisappear(animated)
    leave()
  }

  /// A page that is put to sleep runs no script, so brightness is given back here and not by it.
  @objc private func leave() {
    bridge.tell("pause")
    if let before = brightnessBefore { UIScreen.main.brightness = before }
    brightnessBefore = nil
  }

  @objc private func comeBack() {
    guard view.window != nil else { return }
    bridge.tell("resume")
    applyBrightness()
  }

  // MARK: Captures and shakes

  @objc private func wasCaptured() {
    bridge.tell("capture")
  }

  @objc private func captureChanged() {
    if UIScreen.main.isCaptured { bridge.tell("capture") }
    coverIfRecorded()
  }

  private func coverIfRecorded() {
    cover.removeFromSuperview()
    guard isGuarded, UIScreen.main.isCaptured else { return }
    cover.frame = view.bounds
    cover.autoresizingMask = [.flexibleWidth, .flexibleHeight]
    view.addSubview(cover)
  }

  override var canBecomeFirstResponder: Bool { true }

  override func motionEnded(_ motion: UIEvent.EventSubtype, with event: UIEvent?) {
    if motion == .motionShake, hearsShakes { bridge.tell("shake") }
  }

  private func applyBrightness() {
    guard let wanted = brightnessWanted else { return }
    if brightnessBefore == nil { brightnessBefore = UIScreen.main.brightness }
    UIScreen.main.brightness = wanted
  }
}

extension CampusCardViewController: CampusCardHost {
  var canScan: Bool { AVCaptureDevice.default(for: .video) != nil }

  /// The text as it is, or nil when the person came back without.
  func scan() async -> String? {
    await withCheckedContinuation { done in
      present(ScannerViewController { done.resume(returning: $0) }, animated: true)
    }
  }

  func setBrightness(_ level: CGFloat?) {
    brightnessWanted = level
    if level == nil, let before = brightnessBefore {
      UIScreen.main.brightness = before
      brightnessBefore = nil
    }
    applyBrightness()
  }

  func setKeepAwake(_ on: Bool) {
    UIApplication.shared.isIdleTimerDisabled = on
  }

  /// iOS lets nobody forbid a screenshot; it tells of one, and of recordings while they run.
  func setCaptureGuard(_ on: Bool) {
    isGuarded = on
    coverIfRecorded()
  }

  func setShake(_ on: Bool) {
    hearsShakes = on
  }

  func closeCard() {
    dismiss(animated: true)
  }

  /// By the name that the school's services list has in `native`. Here stands your app's router.
  func openNative(_ page: String, _ params: [String: Any]) -> Bool {
    guard page == "library" else { return false }
    navigationController?.pushViewController(UIViewController(), animated: true)
    return true
  }
}

extension CampusCardViewController: WKNavigationDelegate {
  func webView(
    _ webView: WKWebView, decidePolicyFor action: WKNavigationAction
  ) async -> WKNavigationActionPolicy {
    // The password's page and the school's services are pages of their own; none is without https.
    let scheme = action.request.url?.scheme
    return scheme == "https" || scheme == "about" ? .allow : .cancel
  }

  /// iOS ends web content that needs too much memory; a white page is all that would be left.
  func webViewWebContentProcessDidTerminate(_ webView: WKWebView) {
    start()
  }
}

extension CampusCardViewController: WKUIDelegate {
  /// The camera for the page itself, where it scans without the app: for our page alone.
  func webView(
    _ webView: WKWebView, requestMediaCapturePermissionFor origin: WKSecurityOrigin,
    initiatedByFrame frame: WKFrameInfo, type: WKMediaCaptureType
  ) async -> WKPermissionDecision {
    origin.protocol == "https" && origin.host == address.host && type == .camera ? .grant : .deny
  }
}
