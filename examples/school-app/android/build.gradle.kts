// What the campus card adds to yours.
plugins {
    id("com.android.application")
    id("org.jetbrains.kotlin.android")
}

android {
    namespace = "edu.school.campuscard"
    compileSdk = 35
    defaultConfig {
        minSdk = 24
        targetSdk = 35
    }
    buildFeatures {
        buildConfig = true
    }
    // The folder that pack.mjs made, as assets/campus-card.
    sourceSets["main"].assets.srcDir(layout.buildDirectory.dir("ecode-assets"))
}

dependencies {
    implementation("androidx.activity:activity-ktx:1.9.3")
    implementation("androidx.appcompat:appcompat:1.7.0")
    implementation("androidx.webkit:webkit:1.12.1")
    // The scanner, in place of your own (Apache 2.0).
    implementation("com.journeyapps:zxing-android-embedded:4.3.0")
}
