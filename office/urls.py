from django.urls import path

from office import views

app_name = "office"
urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("jobs/", views.job_list, name="jobs"),
    path("jobs/<int:job_id>/", views.job, name="job"),
    path("jobs/<int:job_id>/cancel/", views.cancel, name="cancel"),
    path("retrain/<slug:model>/", views.retrain, name="retrain"),
    path("roll_back/<slug:model>/", views.roll_back, name="roll_back"),
]
