// Stands in for django-unfold's copy of Chart.js, 200 KB: no page of the settings has an element that it would draw.
