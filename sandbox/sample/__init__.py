"""The sandbox's two source databases: their tables (`*.sql`), their rows (`tables`), and data to fill them with."""
