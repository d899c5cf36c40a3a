// Loaded by browsers without modules, which cannot run the app.
location.replace("/plain");
