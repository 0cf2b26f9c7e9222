package edu.school.campuscard

import android.content.Context
import android.hardware.Sensor
import android.hardware.SensorEvent
import android.hardware.SensorEventListener
import android.hardware.SensorManager
import android.os.SystemClock
import kotlin.math.sqrt

/** A few strong movements in a short time, and then quiet: walking and pulling out the phone are neither. */
class ShakeDetector(context: Context, private val onShake: () -> Unit) : SensorEventListener {
    private val sensors = context.getSystemService(Context.SENSOR_SERVICE) as SensorManager
    private val sensor: Sensor? = sensors.getDefaultSensor(Sensor.TYPE_ACCELEROMETER)
    private var count = 0
    private var firstAt = 0L
    private var quietUntil = 0L

    val isAvailable get() = sensor != null

    fun start() {
        sensor?.let { sensors.registerListener(this, it, SensorManager.SENSOR_DELAY_GAME) }
    }

    fun stop() = sensors.unregisterListener(this)

    override fun onSensorChanged(event: SensorEvent) {
        val (x, y, z) = event.values
        val now = SystemClock.elapsedRealtime()
        if (sqrt(x * x + y * y + z * z) < FORCE || now < quietUntil) return
        if (now - firstAt > WITHIN_MS) {
            firstAt = now
            count = 0
        }
        count += 1
        if (count < TIMES) return
        quietUntil = now + QUIET_MS
        onShake()
    }

    override fun onAccuracyChanged(sensor: Sensor, accuracy: Int) = Unit

    private companion object {
        /** In m/s², gravity included: about 2.5 g. */
        const val FORCE = 25f
        const val TIMES = 3
        const val WITHIN_MS = 1_000L
        const val QUIET_MS = 2_000L
    }
}
