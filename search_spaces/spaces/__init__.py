"""The spaces that come with the product, each as data on one screen."""
