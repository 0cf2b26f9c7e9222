import AVFoundation
import UIKit

/// One code, any of the usual forms. Your app has a scanner already: hand over to that one instead.
@MainActor
final class ScannerViewController: UIViewController, AVCaptureMetadataOutputObjectsDelegate {
  private let session = AVCaptureSession()
  private var done: ((String?) -> Void)?

  /// `done` is called once: with the text, or nil when the person goes back.
  init(done: @escaping (String?) -> Void) {
    self.done = done
    super.init(nibName: nil, bundle: nil)
  }

  required init?(coder: NSCoder) {
    fatalError("made in code")
  }

  override func viewDidLoad() {
    super.viewDidLoad()
    let output = AVCaptureMetadataOutput()
    guard let camera = AVCaptureDevice.default(for: .video),
      let input = try? AVCaptureDeviceInput(device: camera),
      session.canAddInput(input), session.canAddOutput(output)
    else { return finish(nil) }
    session.addInput(input)
    session.addOutput(output)
    output.setMetadataObjectsDelegate(self, queue: .main)
    output.metadataObjectTypes = [.qr, .code128]
    let preview = AVCaptureVideoPreviewLayer(session: session)
    preview.frame = view.bounds
    preview.videoGravity = .resizeAspectFill
    view.layer.addSublayer(preview)
    // Starting takes a while and must not hold up the screen.
    DispatchQueue.global(qos: .userInitiated).async { [session] in session.startRunning() }
  }

  override func viewDidDisappear(_ animated: Bool) {
    super.viewDidDisappear(animated)
    session.stopRunning()
    finish(nil)
  }

  nonisolated func metadataOutput(
    _ output: AVCaptureMetadataOutput, didOutput objects: [AVMetadataObject],
    from connection: AVCaptureConnection
  ) {
    guard let code = objects.first as? AVMetadataMachineReadableCodeObject else { return }
    let text = code.stringValue
    MainActor.assumeIsolated { finish(text) }
  }

  private func finish(_ text: String?) {
    guard let done else { return }
    self.done = nil
    done(text)
    dismiss(animated: true)
  }
}
