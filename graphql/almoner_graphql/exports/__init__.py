"""What leaves the house as documents: agendas and minutes as HTML and PDF, meetings as calendars."""
