"""Names of VOC's labels as a lead would write them: the data set has some that are no words."""

WORDS = {
    "aeroplane": "airplane",
    "diningtable": "dining table",
    "motorbike": "motorcycle",
    "pottedplant": "potted plant",
    "tvmonitor": "television monitor",
}
