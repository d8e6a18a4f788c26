"""The papers behind the site's models, explained: texts, comments of readers, and each model at work beside."""
