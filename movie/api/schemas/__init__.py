"""What the API takes and gives, by what it is about: pydantic's models, of which OpenAPI is made."""
