"""Those who lead and what they bring: trainers with working hours and absences, and kits."""
