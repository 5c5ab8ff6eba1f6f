"""Pictures: one module a topic, on the axes they are given. They know no slider."""
