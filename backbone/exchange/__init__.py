"""What Postroom says to other systems over AMQP, and what they say to it: JSON, described by docs/asyncapi.yaml.

In: chat messages by the exchange ``postroom.chat``. Out: what happened to tickets, by the exchange ``postroom.events``.
"""
