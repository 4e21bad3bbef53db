"""Web orders: a generator that writes them to Kafka, and a processor that enters them into both databases."""
