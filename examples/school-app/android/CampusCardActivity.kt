package edu.school.campuscard

import android.Manifest
import android.annotation.SuppressLint
import android.content.Intent
import android.content.pm.PackageManager
import android.net.Uri
import android.os.Build
import android.os.Bundle
import android.view.WindowManager
import android.webkit.PermissionRequest
import android.webkit.ValueCallback
import android.webkit.WebChromeClient
import android.webkit.WebResourceRequest
import android.webkit.WebResourceResponse
import android.webkit.WebView
import android.webkit.WebViewClient
import androidx.activity.addCallback
import androidx.activity.result.contract.ActivityResultContracts
import androidx.appcompat.app.AppCompatActivity
import androidx.core.content.ContextCompat
import androidx.webkit.WebViewAssetLoader
import androidx.webkit.WebViewCompat
import androidx.webkit.WebViewFeature
import com.journeyapps.barcodescanner.ScanContract
import com.journeyapps.barcodescanner.ScanOptions
import org.json.JSONObject

/** The campus card: the school's page, which lies in the app, at the school's origin. */
class CampusCardActivity : AppCompatActivity(), CampusCardHost {
    private lateinit var webView: WebView
    private val bridge = HostBridge(this)
    private val shakes by lazy { ShakeDetector(this) { bridge.tell("shake") } }

    private var scanned: ((String?) -> Unit)? = null
    private val scanner = registerForActivityResult(ScanContract()) { result ->
        scanned?.invoke(result.contents)
        scanned = null
    }
    private var askedForCamera: PermissionRequest? = null
    private val camera = registerForActivityResult(ActivityResultContracts.RequestPermission()) {
        if (it) askedForCamera?.grantCamera() else askedForCamera?.deny()
        askedForCamera = null
    }
    private var askedForPicture: ValueCallback<Array<Uri>>? = null
    private val album = registerForActivityResult(ActivityResultContracts.GetContent()) { picture ->
        askedForPicture?.onReceiveValue(picture?.let { arrayOf(it) })
        askedForPicture = null
    }

    @SuppressLint("SetJavaScriptEnabled")
    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        webView = WebView(this)
        setContentView(webView)
        webView.settings.javaScriptEnabled = true
        webView.settings.domStorageEnabled = true
        webView.webViewClient = PageClient()
        webView.webChromeClient = PageChrome()
        // Never addJavascriptInterface: that one is in every frame of every origin.
        if (WebViewFeature.isFeatureSupported(WebViewFeature.WEB_MESSAGE_LISTENER)) {
            WebViewCompat.addWebMessageListener(webView, "ecodeHost", setOf(ORIGIN), bridge)
        }
        onBackPressedDispatcher.addCallback(this) { goBack() }
        listenForCaptures()
        start(intent)
        webView.loadUrl("$ORIGIN$PATH?subject=${Uri.encode(SUBJECT)}")
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        start(intent)
    }

    /** From the app's icon (res/xml/shortcuts.xml): the screen to go to. */
    private fun start(intent: Intent) {
        intent.getStringExtra("screen")?.let(bridge::tellShortcut)
    }

    override fun onResume() {
        super.onResume()
        webView.onResume()
        bridge.tell("resume")
    }

    override fun onPause() {
        bridge.tell("pause")
        webView.onPause()
        super.onPause()
    }

    override fun onDestroy() {
        bridge.reset()
        webView.destroy()
        super.onDestroy()
    }

    private fun goBack() {
        when {
            // A page of somebody else's, for example the one for the password.
            webView.url?.startsWith("$ORIGIN$PATH") != true && webView.canGoBack() -> webView.goBack()
            bridge.isOpen -> bridge.tell("back")
            else -> finish()
        }
    }

    /** Android 14 tells of screenshots; before, FLAG_SECURE lets nobody take one. */
    private fun listenForCaptures() {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.UPSIDE_DOWN_CAKE) return
        registerScreenCaptureCallback(mainExecutor) { bridge.tell("capture") }
    }

    override val caps: List<String>
        get() = buildList {
            addAll(listOf("brightness", "keepAwake", "captureGuard", "close", "openNative"))
            if (packageManager.hasSystemFeature(PackageManager.FEATURE_CAMERA_ANY)) add("scan")
            if (shakes.isAvailable) add("shake")
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.UPSIDE_DOWN_CAKE) add("onCapture")
        }

    override fun scan(done: (String?) -> Unit) {
        scanned = done
        scanner.launch(ScanOptions().setBeepEnabled(false).setOrientationLocked(false))
    }

    override fun setBrightness(level: Float?) {
        window.attributes = window.attributes.apply {
            screenBrightness = level ?: WindowManager.LayoutParams.BRIGHTNESS_OVERRIDE_NONE
        }
    }

    override fun setKeepAwake(on: Boolean) = setFlag(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON, on)

    override fun setCaptureGuard(on: Boolean) = setFlag(WindowManager.LayoutParams.FLAG_SECURE, on)

    override fun setShake(on: Boolean) = if (on) shakes.start() else shakes.stop()

    override fun closeCard() = finish()

    /** By the name that the school's services list has in `native`. Here stands your app's router. */
    override fun openNative(page: String, params: JSONObject): Boolean {
        if (page != "library") return false
        startActivity(Intent(Intent.ACTION_VIEW, Uri.parse("schoolapp://library")))
        return true
    }

    private fun setFlag(flag: Int, on: Boolean) {
        if (on) window.addFlags(flag) else window.clearFlags(flag)
    }

    /** What pack.mjs made lies in assets/campus-card and answers for the school's server, network or not. */
    private inner class PageClient : WebViewClient() {
        private val assets = WebViewAssetLoader.AssetsPathHandler(this@CampusCardActivity)
        private val loader = WebViewAssetLoader.Builder()
            .setDomain(Uri.parse(ORIGIN).host ?: "")
            .addPathHandler(PATH) { path -> assets.handle("campus-card/${path.ifEmpty { "index.html" }}") }
            .build()

        override fun shouldInterceptRequest(view: WebView, request: WebResourceRequest): WebResourceResponse? =
            loader.shouldInterceptRequest(request.url)

        /** The password's page and the school's services are pages of their own; none is without https. */
        override fun shouldOverrideUrlLoading(view: WebView, request: WebResourceRequest): Boolean =
            request.url.scheme != "https"
    }

    private inner class PageChrome : WebChromeClient() {
        /** The camera for the page itself, where it scans without the app: for our page alone. */
        override fun onPermissionRequest(request: PermissionRequest) {
            val isOurs = request.origin.toString().trimEnd('/') == ORIGIN
            if (!isOurs || PermissionRequest.RESOURCE_VIDEO_CAPTURE !in request.resources) {
                request.deny()
                return
            }
            val held = ContextCompat.checkSelfPermission(this@CampusCardActivity, Manifest.permission.CAMERA)
            if (held == PackageManager.PERMISSION_GRANTED) {
                request.grantCamera()
                return
            }
            askedForCamera?.deny()
            askedForCamera = request
            camera.launch(Manifest.permission.CAMERA)
        }

        /** A picture from the album, where the camera is not allowed (R25). */
        override fun onShowFileChooser(
            view: WebView,
            chosen: ValueCallback<Array<Uri>>,
            params: WebChromeClient.FileChooserParams,
        ): Boolean {
            askedForPicture?.onReceiveValue(null)
            askedForPicture = chosen
            album.launch("image/*")
            return true
        }
    }

    private fun PermissionRequest.grantCamera() = grant(arrayOf(PermissionRequest.RESOURCE_VIDEO_CAPTURE))

    private companion object {
        /** The school's own, on https and listed by the school: it is the page's with and without a network. */
        const val ORIGIN = "https://app.school.edu"
        const val PATH = "/campus-card/"

        /** An id of the app's for the person, always the same for them. Never their card number. */
        const val SUBJECT = "user-83715"
    }
}
