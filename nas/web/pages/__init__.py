"""The pages: HTML made by templates over the same read model as the API, brought to life by `nas/web/static`."""
