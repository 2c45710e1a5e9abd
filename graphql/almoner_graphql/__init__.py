"""The GraphQL API of Almoner: types, mutations, and the HTTP and WebSocket endpoints."""
